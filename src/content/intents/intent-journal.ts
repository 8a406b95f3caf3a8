import {
  closeSync,
  fdatasync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Clock } from '../../platform/clock.ts';
import type { Disk } from '../../storage/disk.ts';
import { writeFully } from '../backing/write-fully.ts';
import type { FileId } from '../version.ts';
import { decodeRecord, encodeRecord, recordLength, type IntentRecord } from './intent-format.ts';
import { applyRecord, isSettled, recordsOf, type Intent } from './intents.ts';

const fdatasyncAsync = promisify(fdatasync);

/** Above this the journal is written anew with what still counts, if that is much less. */
const rotationBytes = 4 * 1024 * 1024;

/**
 * A published file stays listed this long: the operation that publishes it reaches the signed log a little later, and the disk itself
 * within the kernel's write-back time (30 s), and until then a crash would make the file an unpublished one again.
 */
const settleMs = 60_000;

/**
 * Which files have local changes that the tree may lack, told before each change. Appended records survive the death of the process at
 * once, and that of the machine after a flush, which concurrent writers share. A new generation of the journal starts with all that
 * counts, so the older one goes once the new one is durable.
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
  /** At which it is written anew. */
  #rotateAt = rotationBytes;
  /** The kernel forgets what it could not write: what is in this generation may never reach the disk. */
  #isSuspect = false;
  #flushing: Promise<void> | undefined;
  #nextFlush: Promise<void> | undefined;
  #obsolete: string[] = [];

  constructor(directory: string, disk: Disk, clock: Clock) {
    this.#directory = directory;
    this.#disk = disk;
    this.#clock = clock;
    const found = readJournal(directory, clock.monotonicMs());
    this.#intents = found.intents;
    this.#former = new Set(found.intents.keys());
    this.#generation = found.generation;
    this.#obsolete = found.paths;
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
    return this.files().filter((file) => !isSettled(this.#intents.get(file)!, Infinity));
  }

  /** Survives the death of the process when this returns. */
  append(record: IntentRecord): void {
    const bytes = encodeRecord(record);
    const [descriptor, position] = [this.#descriptor, this.#bytes];
    // At its place, so that the next record covers what a failed write may have left.
    this.#disk.attempt('content.write-intent', () => writeFully(descriptor, bytes, position), {
      ...{ writes: descriptor, bytes, position },
    });
    applyRecord(this.#intents, record, this.#clock.monotonicMs());
    if (record.kind !== 'snapshot') this.#former.delete(record.file);
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

  /** One flush at a time; whoever comes during one shares the next. */
  flush(): Promise<void> {
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
      if (this.#isSuspect) this.#beginAnew(-Infinity);
      const descriptor = this.#descriptor;
      await this.#disk.attemptAsync('content.flush-intents', () => fdatasyncAsync(descriptor), {
        flushes: descriptor,
      });
      if (descriptor === this.#descriptor) this.#removeObsolete();
    } catch (error) {
      this.#isSuspect = true;
      throw error;
    } finally {
      this.#flushing = undefined;
    }
  }

  /** What was published long enough ago is on the disk by now; the rest is left for the next start. */
  async close(): Promise<void> {
    await this.flush().catch(() => undefined);
    await this.#nextFlush?.catch(() => undefined);
    try {
      this.#beginAnew(this.#clock.monotonicMs() - settleMs);
      await this.flush();
    } finally {
      closeSync(this.#descriptor);
    }
  }

  /** Only saves room, so it may wait when the disk has none. */
  #rotate(): void {
    if (this.#flushing) return;
    try {
      this.#beginAnew(this.#clock.monotonicMs() - settleMs);
    } catch {
      this.#rotateAt = this.#bytes * 2;
      return;
    }
    this.flush().catch(() => undefined);
  }

  #beginAnew(beforeMs: number): void {
    for (const [file, intent] of this.#intents) {
      if (isSettled(intent, beforeMs)) this.#intents.delete(file);
    }
    const old = journalPath(this.#directory, this.#generation);
    const descriptor = this.#startGeneration();
    closeSync(this.#descriptor);
    this.#descriptor = descriptor;
    this.#obsolete.push(old);
    this.#isSuspect = false;
  }

  /** Or throws, and then the former generation is still the one that counts. */
  #startGeneration(): number {
    const path = journalPath(this.#directory, this.#generation + 1);
    const bytes = Buffer.concat(recordsOf(this.#intents).map(encodeRecord));
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

function journalPath(directory: string, generation: number): string {
  return join(directory, `intents-${generation}`);
}

interface FoundJournal {
  readonly intents: Map<FileId, Intent>;
  readonly generation: number;
  readonly paths: string[];
}

/** Generations from the oldest on; one whose opening snapshot is not whole adds nothing, since the older one is still there. */
function readJournal(directory: string, nowMs: number): FoundJournal {
  const generations = readdirSync(directory)
    .map((name) => /^intents-(\d+)$/.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
  const intents = new Map<FileId, Intent>();
  for (const generation of generations) {
    const records = readRecords(journalPath(directory, generation));
    const [head] = records;
    if (head?.kind !== 'snapshot' || records.length <= head.records) continue;
    for (const record of records) applyRecord(intents, record, nowMs);
  }
  const paths = generations.map((generation) => journalPath(directory, generation));
  return { intents, generation: generations.at(-1) ?? 0, paths };
}

function readRecords(path: string): IntentRecord[] {
  const bytes = readFileSync(path);
  const records: IntentRecord[] = [];
  for (let offset = 0; offset < bytes.length; offset += recordLength) {
    const record = decodeRecord(bytes.subarray(offset, offset + recordLength));
    if (!record) break;
    records.push(record);
  }
  return records;
}
