import { closeSync, fdatasync, fsync, openSync } from 'node:fs';
import { getSystemErrorName, promisify } from 'node:util';
import { native } from '../../platform/native.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Disk, DiskSite } from '../../storage/disk.ts';
import type { DescriptorCache } from '../backing/descriptors.ts';
import { backingPath, folderOf, mapPath } from '../backing/paths.ts';
import type { FileId } from '../version.ts';
import type { IntentJournal } from './intent-journal.ts';

const fdatasyncAsync = promisify(fdatasync);
const fsyncAsync = promisify(fsync);

/** What was published is brought to the disk itself after this, as disk file systems do by themselves with what is written to them. */
const delayMs = 5_000;

/** More files than this are brought there by one call, which takes along all else that was written to that disk file system. */
const maximumSingly = 16;

/** A disk that refused is left alone for a while. */
const retryMs = 30_000;

export interface BackgroundFlushOptions {
  readonly directory: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly descriptors: DescriptorCache;
  readonly journal: IntentJournal;
  /** Resolves when the tree that says what was published is on the disk itself. */
  readonly treeFlushed: () => Promise<void>;
}

/**
 * Brings the bytes of what was published and not flushed by whoever wrote it to the disk itself, within seconds. Until then the journal
 * lists it, so that after a loss of power it is known which bytes only this machine can have had.
 */
export class BackgroundFlush {
  readonly #options: BackgroundFlushOptions;
  readonly #files = new Set<FileId>();
  #cancelTimer: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(options: BackgroundFlushOptions) {
    this.#options = options;
    for (const file of options.journal.publishedFiles()) this.add(file);
  }

  /** Something of it has been published. */
  add(file: FileId): void {
    this.#files.add(file);
    this.#plan(delayMs);
  }

  /** All that was written, also what came from peers, is on the disk itself when this resolves. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer?.();
    await this.#running;
    await this.#flush(() => this.#flushAll());
  }

  #plan(afterMs: number): void {
    if (this.#closed || this.#running || this.#cancelTimer || this.#files.size === 0) return;
    this.#cancelTimer = this.#options.clock.after(afterMs, () => {
      this.#cancelTimer = undefined;
      this.#running = this.#flushInTime();
    });
  }

  async #flushInTime(): Promise<void> {
    let pauseMs = delayMs;
    try {
      const isMany = this.#files.size > maximumSingly;
      await this.#flush((files) => (isMany ? this.#flushAll() : this.#flushEach(files)));
    } catch (error) {
      pauseMs = retryMs;
      this.#options.logger.warn({ error }, 'what was written cannot be brought to the disk yet');
    }
    this.#running = undefined;
    this.#plan(pauseMs);
  }

  async #flush(bring: (files: readonly FileId[]) => Promise<void>): Promise<void> {
    const { clock, journal, treeFlushed } = this.#options;
    const files = [...this.#files];
    this.#files.clear();
    const beforeMs = clock.monotonicMs();
    try {
      await bring(files);
      await treeFlushed();
      for (const file of journal.settle(files, beforeMs)) this.#files.add(file);
    } catch (error) {
      for (const file of files) this.#files.add(file);
      throw error;
    }
  }

  async #flushEach(files: readonly FileId[]): Promise<void> {
    const { directory } = this.#options;
    const folders = new Set<string>();
    for (const file of files) {
      const isThere = await this.#flushFile('content.flush-data', backingPath(directory, file));
      if (isThere) folders.add(folderOf(directory, file));
      await this.#flushFile('content.flush-map', mapPath(directory, file));
    }
    for (const folder of folders) await this.#flushFolder(folder);
  }

  /** False when there is no such file. */
  async #flushFile(site: DiskSite, path: string): Promise<boolean> {
    const { descriptors, disk } = this.#options;
    const descriptor = descriptors.open(path, false);
    if (!descriptor) return false;
    descriptors.retain(descriptor);
    try {
      const { number } = descriptor;
      await disk.attemptAsync(site, () => fdatasyncAsync(number), { flushes: number });
    } finally {
      descriptors.release(descriptor);
    }
    return true;
  }

  async #flushFolder(folder: string): Promise<void> {
    const descriptor = openSync(folder, 'r');
    try {
      await this.#options.disk.attemptAsync('content.flush-folder', () => fsyncAsync(descriptor));
    } finally {
      closeSync(descriptor);
    }
  }

  async #flushAll(): Promise<void> {
    const descriptor = openSync(this.#options.directory, 'r');
    const work = (): Promise<void> => syncFileSystem(descriptor);
    try {
      await this.#options.disk.attemptAsync('content.flush-all', work, { flushesAll: true });
    } finally {
      closeSync(descriptor);
    }
  }
}

async function syncFileSystem(descriptor: number): Promise<void> {
  const outcome = await native.syncFileSystem(descriptor);
  if (outcome === 0) return;
  const code = getSystemErrorName(outcome);
  throw Object.assign(new Error(`${code}: syncfs`), { code, errno: outcome });
}
