import { closeSync, fdatasync, fsyncSync, openSync, unlinkSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Clock } from '../../platform/clock.ts';
import type { Disk } from '../../storage/disk.ts';
import { writeFully } from '../backing/write-fully.ts';
import type { FileId } from '../version.ts';
import { encodeRecords, type IntentRecord } from './intent-format.ts';
import { applyRecord, isPublished, recordsOf, type Intent } from './intents.ts';
import { journalPath, readJournal } from './read-journal.ts';

const fdatasyncAsync = promisify(fdatasync);

/** Above this the journal is written anew with what still counts, if that is much less. */
const rotationBytes = 4 * 1024 * 1024;

/**
 * Which files have local changes that the tree may lack, told before each change, or that the disk itself may lack. Appended records
 * survive the death of the process at once, and that of the machine after a flush, which concurrent writers share. A new generation of
 * the journal starts with all that counts, so the older one goes once the new one is durable.
 */
export class IntentJournal {
  readonly #directory: string;
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #intents: Map<FileId, Intent>;
  /** Files of whose intents nothing new was said since the start. */
  readonly #former: Set<FileId>;
  #generation: number;
  #descriptor: number;
  #bytes = 0;
  /** Something was appended that no flush has begun to bring to the disk. */
  #hasNews = false;
  /** At which it is written anew. */
  #rotateAt = rotationBytes;
  /** The kernel forgets what it could not write: what is in this generation may never reach the disk. */
  #isSuspect = false;
  #flushing: Promise<void> | undefined;
  #nextFlush: Promise<void> | undefined;
  #obsolete: string[] = [];

  /** `unclean` says that the machine stopped since the journal was last open: whatever it lists has to be looked at. */
  constructor(directory: string, disk: Disk, clock: Clock, unclean: boolean) {
    this.#directory = directory;
    this.#disk = disk;
    this.#clock = clock;
    const found = readJournal(directory, clock.monotonicMs());
    this.#intents = found.intents;
    this.#former = new Set(found.intents.keys());
    this.#generation = found.generation;
    this.#obsolete = found.paths;
    if (unclean) for (const intent of this.#intents.values()) intent.unclean = true;
    const descriptor = (this.#descriptor = this.#startGeneration());
    disk.attempt('content.flush-intents', () => fsyncSync(descriptor), { flushes: descriptor });
    for (const intent of this.#intents.values()) intent.durable = true;
    this.#removeObsolete();
  }

  get(file: FileId): Intent | undefined {
    return this.#intents.get(file);
  }

  /** Whether the file's intent is as the last run of the daemon left it. */
  isFormer(file: FileId): boolean {
    return this.#former.has(file);
  }

  files(): FileId[] {
    return [...this.#intents.keys()];
  }

  /** Those of which the tree may lack something: not what was published, whose bytes need only be on the disk yet. */
  unpublishedFiles(): FileId[] {
    return this.files().filter((file) => !isPublished(this.#intents.get(file)!));
  }

  /** Those of which something was published that may not be on the disk itself yet. */
  publishedFiles(): FileId[] {
    return this.files().filter((file) => {
      const { published, unclean } = this.#intents.get(file)!;
      return published !== undefined && !unclean;
    });
  }

  /**
   * What was published of these files before that time is on the disk itself, and so is the tree that says so. Returns those of which
   * something has been published since.
   */
  settle(files: readonly FileId[], beforeMs: number): FileId[] {
    const later: FileId[] = [];
    const done: FileId[] = [];
    for (const file of files) {
      const intent = this.#intents.get(file);
      if (intent === undefined || intent.unclean) continue;
      if (intent.publishedAtMs >= beforeMs) {
        later.push(file);
        continue;
      }
      intent.unflushed = [];
      if (isPublished(intent)) done.push(file);
    }
    this.appendAll(done.map((file) => ({ kind: 'done', file })));
    return later;
  }

  /** Of the file's changes nothing counts any more, and the caller tells the journal anew of those that there are. */
  forgetChanges(file: FileId): void {
    const intent = this.#intents.get(file);
    if (!intent) return;
    const rest = { ...intent, blocks: [], grown: [], cut: undefined, truncatingTo: undefined };
    const records = recordsOf(new Map([[file, rest]])).slice(1);
    this.appendAll([{ kind: 'done', file }, ...records]);
  }

  /** Survives the death of the process when this returns. */
  append(record: IntentRecord): void {
    this.appendAll([record]);
  }

  /** All or nothing, as far as the death of the process goes. */
  appendAll(records: readonly IntentRecord[]): void {
    if (records.length === 0) return;
    const bytes = encodeRecords(records);
    const [descriptor, position] = [this.#descriptor, this.#bytes];
    // At its place, so that the next record covers what a failed write may have left.
    this.#disk.attempt('content.write-intent', () => writeFully(descriptor, bytes, position), {
      ...{ writes: descriptor, bytes, position },
    });
    const nowMs = this.#clock.monotonicMs();
    for (const record of records) {
      applyRecord(this.#intents, record, nowMs);
      // What is done may as well be looked at again.
      if (record.kind !== 'done') this.#hasNews = true;
      if (record.kind !== 'snapshot') this.#former.delete(record.file);
    }
    this.#bytes += bytes.length;
    if (this.#bytes > this.#rotateAt) this.#rotate();
  }

  /** Survives the death of the machine when this resolves. */
  async appendDurably(record: IntentRecord & { readonly file: FileId }): Promise<void> {
    this.append(record);
    await this.flush();
    const intent = this.#intents.get(record.file);
    if (intent) intent.durable = true;
  }

  /** What was appended before is on the disk itself; otherwise resolves when it is. */
  noted(): Promise<void> | undefined {
    return this.#hasNews || this.#flushing ? this.flush() : undefined;
  }

  /** One flush at a time; whoever comes during one shares the next. */
  flush(): Promise<void> {
    if (!this.#hasNews) return this.#flushing ?? Promise.resolve();
    if (!this.#flushing) return (this.#flushing = this.#flushNow());
    this.#nextFlush ??= this.#flushing
      .catch(() => undefined)
      .then(() => {
        this.#nextFlush = undefined;
        return (this.#flushing = this.#flushNow());
      });
    return this.#nextFlush;
  }

  async #flushNow(): Promise<void> {
    try {
      if (this.#isSuspect) this.#beginAnew();
      this.#hasNews = false;
      const descriptor = this.#descriptor;
      await this.#disk.attemptAsync('content.flush-intents', () => fdatasyncAsync(descriptor), {
        flushes: descriptor,
      });
      if (descriptor === this.#descriptor) this.#removeObsolete();
    } catch (error) {
      this.#isSuspect = true;
      this.#hasNews = true;
      throw error;
    } finally {
      this.#flushing = undefined;
    }
  }

  /** What is listed still is left for the next start. */
  async close(): Promise<void> {
    await this.flush().catch(() => undefined);
    await this.#nextFlush?.catch(() => undefined);
    try {
      this.#beginAnew();
      await this.flush();
    } finally {
      closeSync(this.#descriptor);
    }
  }

  /** Only saves room, so it may wait when the disk has none. */
  #rotate(): void {
    if (this.#flushing) return;
    try {
      this.#beginAnew();
    } catch {
      this.#rotateAt = this.#bytes * 2;
      return;
    }
    this.flush().catch(() => undefined);
  }

  #beginAnew(): void {
    const old = journalPath(this.#directory, this.#generation);
    const descriptor = this.#startGeneration();
    closeSync(this.#descriptor);
    this.#descriptor = descriptor;
    this.#obsolete.push(old);
    this.#isSuspect = false;
    this.#hasNews = true;
  }

  /** Or throws, and then the former generation is still the one that counts. */
  #startGeneration(): number {
    const path = journalPath(this.#directory, this.#generation + 1);
    const bytes = encodeRecords(recordsOf(this.#intents));
    const descriptor = this.#disk.attempt('content.rotate-intents', () =>
      openSync(path, 'w', 0o600),
    );
    try {
      this.#disk.attempt('content.rotate-intents', () => writeFully(descriptor, bytes, 0), {
        ...{ writes: descriptor, bytes, position: 0 },
      });
    } catch (error) {
      closeSync(descriptor);
      this.#removeQuietly(path);
      throw error;
    }
    this.#generation += 1;
    this.#bytes = bytes.length;
    this.#rotateAt = Math.max(rotationBytes, this.#bytes * 2);
    return descriptor;
  }

  #removeObsolete(): void {
    this.#obsolete = this.#obsolete.filter((path) => !this.#removeQuietly(path));
  }

  /** An old generation that stays does no harm: newer ones say all that it says. */
  #removeQuietly(path: string): boolean {
    try {
      this.#disk.attempt('content.remove-intents', () => unlinkSync(path));
      return true;
    } catch {
      return false;
    }
  }
}
