import type { ContentStore } from '../content/content-store.ts';
import type { FileId, Version } from '../content/version.ts';
import type { InodeId } from '../metadata/ids.ts';
import type { LocalReplica } from '../metadata/local-replica.ts';
import type { RefusedOperation } from '../metadata/merge/own-refusals.ts';
import type { Head, Time } from '../metadata/node.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Table } from '../storage/database.ts';
import type { Disk } from '../storage/disk.ts';
import { Breather } from './breather.ts';
import { ChangeList } from './change-list.ts';
import { judge, type LostContent } from './judge.ts';
import { knownPath } from './known-path.ts';
import { RescueFolder, type TreePath } from './rescue-folder.ts';
import { Restorer } from './restorer.ts';
import { SeenToTable } from './seen-to.ts';
import { sentenceOf, textOf } from './sentences.ts';

export interface RescuerOptions {
  readonly replica: LocalReplica;
  readonly content: ContentStore;
  /** The home, and the folder in it for what is rescued. */
  readonly home: string;
  readonly directory: string;
  readonly table: Table;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What is asked of the file system. */
export interface RescueHands {
  /** Somebody has it open, or changes of it wait. */
  isInUse(inode: InodeId): boolean;
  /** The bytes under this number may be those of the versions, and belong where the tree shows these. */
  rearrange(inode: InodeId, versions: readonly Head[]): void;
  /** What kept the bytes of this number may be gone. */
  considerRemoved(inode: InodeId): void;
}

/** After the first word of it: a merge has more to say, and what it refuses it may allow again. */
const settleMs = 200;

/** Noted in one transaction. */
const seenAtOnce = 256;

/** What could not be done, as the disk is full or somebody still writes. */
const retryMs = 5000;

/**
 * Keeps for its user what he did here and had no right to any more when the others came to know of it: the bytes as plain files in a
 * folder of the home, the rest as a list beside them.
 */
export class Rescuer {
  readonly #options: RescuerOptions;
  readonly #folder: RescueFolder;
  readonly #list: ChangeList;
  readonly #seen: SeenToTable;
  readonly #restorer: Restorer;
  #hands: RescueHands | undefined;
  #cancel: (() => void) | undefined;
  #looking: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: RescuerOptions) {
    const { home, directory, disk, table, replica } = options;
    this.#options = options;
    this.#folder = new RescueFolder(home, directory, disk);
    this.#list = new ChangeList(directory, disk);
    this.#seen = new SeenToTable(table);
    this.#restorer = new Restorer({ ...options, seen: this.#seen });
    replica.parts.refusals.onChange(() => this.#lookAfter(settleMs));
  }

  /** From now on it sees to what is refused, and to what was before. */
  start(hands: RescueHands): void {
    this.#hands = hands;
    this.#lookAfter(settleMs);
  }

  /** Sees to what there is now; the calls of it follow one another. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#look());
    return this.#looking;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.#looking;
  }

  /** What is here under a number that the tree does not know may be freed: it is in the folder. */
  isGivenUp(inode: InodeId): boolean {
    const { refusals } = this.#options.replica.parts;
    const aside = this.#seen.setAsideUnder(inode);
    if (aside) return refusals.holds(aside.refusal) && this.#seen.has(aside.refusal);
    const refused = refusals.of(inode);
    return refused.length > 0 && refused.every((each) => this.#seen.has(each.key));
  }

  /** Before the file takes another version, and the bytes of this one are put under its own number. */
  setAside(inode: InodeId, version: Head): void {
    const made = this.#options.replica.parts.refusals.find(inode, version.id);
    if (made) this.#seen.setAside(made);
  }

  /**
   * Keeps what was written to a file whose author may not publish it any more, before the file goes back to what the tree has. On the
   * disk itself when this resolves.
   */
  async keepUnpublished(inode: InodeId, version: Version, mtime: Time): Promise<void> {
    const path = this.#pathOf(inode);
    const kept = await this.#keep([inode], version, path, mtime);
    if (kept === undefined) throw new Error('what was written is not here any more');
    await this.#tell([]);
  }

  /** For `status`. */
  get directory(): string {
    return this.#folder.directory;
  }

  get filesDirectory(): string {
    return this.#folder.files;
  }

  get list(): ChangeList {
    return this.#list;
  }

  #lookAfter(delayMs: number): void {
    if (this.#closed || this.#hands === undefined) return;
    this.#cancel ??= this.#options.clock.after(delayMs, () => {
      this.#cancel = undefined;
      void this.look();
    });
  }

  async #look(): Promise<void> {
    const { replica, logger } = this.#options;
    const hands = this.#hands;
    if (hands === undefined || this.#closed) return;
    if (replica.mergeProgress !== undefined) return this.#lookAfter(settleMs);
    try {
      const isDone = await this.#seeToAll(hands);
      const isRestored = await this.#restorer.restore(hands);
      if (!isDone || !isRestored) this.#lookAfter(retryMs);
    } catch (error) {
      logger.warn({ error }, 'work that had no effect could not be kept yet');
      this.#lookAfter(retryMs);
    }
  }

  async #seeToAll(hands: RescueHands): Promise<boolean> {
    let isDone = true;
    const breather = new Breather(this.#options.clock);
    const filled = await this.#filledFolders(breather);
    for await (const refused of this.#groups(breather)) {
      if (this.#closed) return true;
      const [first] = refused;
      const isNew = refused.some(({ key }) => !this.#seen.has(key));
      if (first === undefined || !isNew) continue;
      if (await this.#seeTo(first.inode, refused, filled, hands)) continue;
      isDone = false;
    }
    return isDone;
  }

  /** Folders that came to nothing, of which the files in them tell. */
  async #filledFolders(breather: Breather): Promise<Set<InodeId>> {
    const { replica } = this.#options;
    const filled = new Set<InodeId>();
    for (const { operation } of replica.parts.refusals.all()) {
      const { fields } = operation;
      if (fields.kind === 'create' && !replica.node(fields.parent)) filled.add(fields.parent);
      await breather.rest();
    }
    return filled;
  }

  /** Read by and by: a merge may change them meanwhile, and says so. */
  async *#groups(breather: Breather): AsyncGenerator<RefusedOperation[]> {
    let group: RefusedOperation[] = [];
    for (const refused of this.#options.replica.parts.refusals.all()) {
      if (group[0] && group[0].inode !== refused.inode) {
        yield group;
        group = [];
      }
      group.push(refused);
      await breather.rest();
    }
    if (group.length > 0) yield group;
  }

  /** False while somebody still writes to it. */
  async #seeTo(
    inode: InodeId,
    refused: readonly RefusedOperation[],
    filled: ReadonlySet<InodeId>,
    hands: RescueHands,
  ): Promise<boolean> {
    const { replica } = this.#options;
    const node = replica.node(inode);
    if (node === undefined && hands.isInUse(inode)) return false;
    const { content, told } = judge(refused, node, replica.parts.options.device);
    const isNew = ({ key }: RefusedOperation) => !this.#seen.has(key);
    const fresh = filled.has(inode) ? [] : told.filter(isNew);
    const isKept = content !== undefined && (await this.#keepContent(content));
    const sentences = fresh.map(({ operation }) => sentenceOf(operation.fields, this.#pathOf));
    if (content !== undefined && !isKept && node !== undefined && isToldApart(refused)) {
      sentences.unshift(`changing the content of ${textOf(this.#pathOf(inode))}`);
    }
    await this.#tell(sentences);
    for (let at = 0; at < refused.length; at += seenAtOnce) {
      this.#seen.add(refused.slice(at, at + seenAtOnce));
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (node === undefined) hands.considerRemoved(inode);
    else hands.rearrange(inode, replica.refusedVersions(inode));
    return true;
  }

  /** Wherever the bytes of the version are: under the file's number, or where they were put when it took another version. */
  async #keepContent({ inode, version, mtime }: LostContent): Promise<TreePath | undefined> {
    const path = this.#pathOf(inode);
    if (this.#options.replica.node(inode) === undefined) {
      // Nobody else has a say in what it holds, changes included that were never published.
      const kept = await this.#keep([inode], 'any', path, mtime);
      const isEmpty = version === null || version.size === 0;
      return kept ?? (isEmpty ? this.#keepEmpty(path, mtime) : undefined);
    }
    if (version === null || version.size === 0) return this.#keepEmpty(path, mtime);
    return this.#keep([inode, version.beside], version, path, mtime);
  }

  async #keepEmpty(path: TreePath, mtime: Time): Promise<TreePath | undefined> {
    const kept = await this.#folder.keep(path, mtime, () => Promise.resolve({ size: 0 }));
    return kept?.path;
  }

  async #keep(
    numbers: readonly InodeId[],
    version: Version | 'any',
    path: TreePath,
    mtime: Time,
  ): Promise<TreePath | undefined> {
    const { content, logger } = this.#options;
    const kept = await this.#folder.keep(path, mtime, async (descriptor) => {
      for (const number of numbers) {
        const file = number as number as FileId;
        const copied = await content.copyOut(file, version, descriptor);
        if (copied !== undefined) return copied;
      }
      return undefined;
    });
    if (kept === undefined) return undefined;
    const { size, missingBytes } = kept.filled;
    logger.warn({ path: textOf(kept.path), size, missingBytes }, 'a refused version was kept');
    if (missingBytes > 0) await this.#tellIncomplete(kept.path, missingBytes);
    return kept.path;
  }

  async #tellIncomplete(path: TreePath, missingBytes: number): Promise<void> {
    const what = `${missingBytes} bytes of files${textOf(path)} are zeros: these parts were not on this disk, so nobody had changed them here`;
    await this.#tell([what]);
  }

  async #tell(sentences: readonly string[]): Promise<void> {
    if (sentences.length === 0) return;
    await this.#folder.prepare();
    await this.#list.add(this.#options.clock.nowMs(), sentences);
  }

  readonly #pathOf = (inode: InodeId): TreePath => {
    const { replica } = this.#options;
    return knownPath(
      {
        node: (of) => replica.node(of),
        placesOf: (of) => replica.placesOf(of),
        refusedOf: (of) => replica.parts.refusals.of(of),
        lastPlaceOf: (of) => replica.lastPlaceOf(of),
      },
      inode,
    );
  };
}

/** What was folded away may have been superseded long before. */
function isToldApart(refused: readonly RefusedOperation[]): boolean {
  return refused.some(({ code }) => code !== 'ESTALE');
}
