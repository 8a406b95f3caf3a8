import type { InodeId } from '../metadata/ids.ts';
import type { Head, Node } from '../metadata/node.ts';
import { isCurrent } from './adoption.ts';
import type { PublishingContext } from './context.ts';
import { fileIdOf } from './file-id.ts';
import { acquireCurrent } from './follow-versions.ts';
import {
  departedHeads,
  fetchBack,
  isSameContent,
  isSameHead,
  movedVersions,
  nodesShowing,
} from './versions-apart.ts';

/**
 * Files that nobody has open and whose bytes belong elsewhere since a merge. They are arranged one after the other, as a merge may
 * bring thousands; whoever opens one of them before does it himself.
 */
export class Arrangements {
  readonly #context: PublishingContext;
  /** Nodes whose bytes their files have. */
  readonly #taken = new Set<InodeId>();
  #working = false;
  #closed = false;

  constructor(context: PublishingContext) {
    this.#context = context;
  }

  /** The tree shows other versions of a file than before, or that it is one with another. */
  consider(before: Node | null, after: Node): void {
    if (before === null) return;
    const { inode, mergedInto } = after;
    if (this.#isConcerned(before, after)) this.add(inode, before.heads);
    for (const { to, version } of movedVersions(this.#context, before, after)) {
      this.add(to, [version]);
    }
    if (mergedInto === null || mergedInto === before.mergedInto) return;
    // What it had is a version of the one that keeps the name: the youngest, or one that stands beside it.
    this.add(inode, before.heads);
    const heads = this.#context.replica.node(mergedInto)?.heads ?? [];
    const [youngest] = heads;
    if (youngest !== undefined) this.add(mergedInto, [{ ...youngest, beside: inode }, ...heads]);
  }

  /**
   * Asked before the bytes of a removed node are freed: whether they are those that its file shows now, as when the daemon died after
   * the one and before the other. Then they are taken there first, and the caller is asked again.
   */
  claims(inode: InodeId): boolean {
    const { replica } = this.#context;
    const node = replica.node(inode);
    if (this.#taken.has(inode)) return false;
    if (node !== undefined && node.departures.length > 0 && this.#hasDeparted(node)) return true;
    const file = node ? (node.conflictOf ?? node.mergedInto) : replica.fileOfVersion(inode);
    if (file === null || file === undefined) return false;
    const stored = this.#context.content.storedVersion(fileIdOf(inode));
    const heads = replica.node(file)?.heads ?? [];
    const version = stored && heads.find((head) => isSameContent(head, stored));
    if (version === undefined) return false;
    const to = version === heads[0] ? file : version.beside;
    this.add(to, [{ ...version, beside: inode }]);
    return true;
  }

  /** Of a version that stands in a file of its own. */
  #hasDeparted(node: Node): boolean {
    const stored = this.#context.content.storedVersion(fileIdOf(node.inode));
    const isHere = (head: Head): boolean => stored !== undefined && isSameContent(head, stored);
    if (node.heads[0] !== undefined && isHere(node.heads[0])) return false;
    const departed = departedHeads(this.#context, node).filter(isHere);
    if (departed.length > 0) this.add(node.inode, departed);
    return departed.length > 0;
  }

  add(inode: InodeId, former: readonly Head[]): void {
    if (this.#closed) return;
    const { formerVersions } = this.#context;
    formerVersions.set(inode, [...former, ...(formerVersions.get(inode) ?? [])]);
    this.#goOn();
  }

  close(): void {
    this.#closed = true;
  }

  /** Only versions that were under the name can have their bytes there. */
  #isConcerned(before: Node, after: Node): boolean {
    const [was] = before.heads;
    const [is] = after.heads;
    if (was === undefined || is === undefined || isSameHead(was, is)) return false;
    if (nodesShowing(this.#context, after, was).length > 0) return true;
    return before.heads.some((head) => head !== was && isSameContent(head, is));
  }

  async #work(): Promise<void> {
    this.#working = true;
    const { clock, limits, formerVersions } = this.#context;
    let sliceEndMs = 0;
    let failed = false;
    for (const inode of [...formerVersions.keys()]) {
      // The first pause is for the merge that told of these.
      if (clock.monotonicMs() >= sliceEndMs) {
        await new Promise((resolve) => setImmediate(resolve));
        sliceEndMs = clock.monotonicMs() + limits.sliceMs;
      }
      if (this.#closed) return;
      const former = formerVersions.get(inode) ?? [];
      if (!(await this.#arrange(inode))) failed = true;
      // What changed meanwhile is looked at again.
      else if (formerVersions.get(inode) === former) this.#done(inode, former);
    }
    this.#working = false;
    if (failed) clock.after(limits.maximumRetryMs, () => this.#goOn());
    else this.#goOn();
  }

  #goOn(): void {
    if (!this.#working && !this.#closed && this.#context.formerVersions.size > 0) void this.#work();
  }

  #done(inode: InodeId, former: readonly Head[]): void {
    this.#context.formerVersions.delete(inode);
    for (const left of [inode, ...former.map(({ beside }) => beside)]) {
      const node = this.#context.replica.node(left);
      if ((node?.links ?? 0) > 0) continue;
      // What has no effect now may be a version of the file again, whose bytes are there then.
      if (node || this.#context.replica.fileOfVersion(left)) this.#taken.add(left);
      this.#context.removed.consider(left);
    }
  }

  async #arrange(inode: InodeId): Promise<boolean> {
    const node = this.#context.replica.node(inode);
    if (node === undefined) return true;
    try {
      const file = await acquireCurrent(this.#context, node);
      const done = isCurrent(this.#context, file);
      this.#context.files.release(file);
      if (done) await fetchBack(this.#context, inode);
      return done;
    } catch (error) {
      const { logger } = this.#context;
      logger.warn(
        { inode, error },
        'a version that is shown beside its file has not its bytes yet',
      );
      return false;
    }
  }
}
