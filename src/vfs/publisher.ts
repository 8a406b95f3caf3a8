import type { PublishingContext } from './context.ts';
import { hasUnpublishedChanges, type OpenFile } from './open-file.ts';
import { publishFile } from './follow-versions.ts';
import { isNamed } from './publication.ts';

/**
 * Sees to it that what is written gets told to the network: at the latest a second after the first byte, earlier when somebody asks.
 * What could not be published stays dirty, keeps its file in use, and is tried again with growing pauses; it is never dropped.
 */
export class Publisher {
  readonly #context: PublishingContext;
  readonly #plans = new Map<OpenFile, Plan>();
  #cancelTimer: (() => void) | null = null;
  #timerAtMs = Infinity;
  #closed = false;

  constructor(context: PublishingContext) {
    this.#context = context;
  }

  /** Files that wait for their publication. */
  get waiting(): number {
    return this.#plans.size;
  }

  /** The file has changed. Cheap when that is known. */
  changed(file: OpenFile): void {
    file.changedSinceMs ??= this.#context.clock.monotonicMs();
    if (file.unpublished) return;
    file.unpublished = true;
    this.#plan(file, this.#context.limits.publishAfterMs, this.#context.limits.firstRetryMs);
  }

  /** Publishes one file now; without a promise when nothing needs waiting. Throws what kept it from being published. */
  publish(file: OpenFile): void | Promise<void> {
    if (!file.unpublished) return;
    file.uses++;
    try {
      const work = publishFile(this.#context, file);
      if (!(work instanceof Promise)) return this.#succeeded(file);
      return work.then(
        () => this.#succeeded(file),
        (error: unknown) => this.#failed(file, error),
      );
    } catch (error) {
      this.#failed(file, error);
    }
  }

  /** Publishes all that waits. Tries each; rejects with the first failure, if any. */
  async publishAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const file of [...this.#plans.keys()]) {
      try {
        await this.publish(file);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** No more publications of its own accord. */
  close(): void {
    this.#closed = true;
    this.#cancelTimer?.();
  }

  #succeeded(file: OpenFile): void {
    this.#plans.delete(file);
    file.unpublished = false;
    if (hasUnpublishedChanges(file) && isNamed(this.#context, file)) this.changed(file);
    this.#context.files.release(file);
  }

  #failed(file: OpenFile, error: unknown): never {
    const { limits, logger } = this.#context;
    const retryMs = this.#plans.get(file)?.retryMs ?? limits.firstRetryMs;
    logger.warn({ inode: file.inode, error, retryMs }, 'a change could not be published yet');
    this.#plan(file, retryMs, Math.min(retryMs * 2, limits.maximumRetryMs));
    this.#context.files.release(file);
    throw error;
  }

  #plan(file: OpenFile, delayMs: number, retryMs: number): void {
    const atMs = this.#context.clock.monotonicMs() + delayMs;
    this.#plans.set(file, { atMs, retryMs });
    this.#wake(atMs);
  }

  #wake(atMs: number): void {
    if (this.#closed || atMs >= this.#timerAtMs) return;
    this.#cancelTimer?.();
    this.#timerAtMs = atMs;
    const delayMs = Math.max(0, atMs - this.#context.clock.monotonicMs());
    this.#cancelTimer = this.#context.clock.after(delayMs, () => this.#publishDue());
  }

  #publishDue(): void {
    this.#timerAtMs = Infinity;
    const { clock, limits } = this.#context;
    const startMs = clock.monotonicMs();
    for (const [file, plan] of [...this.#plans]) {
      if (plan.atMs > startMs) continue;
      // Not again before this attempt has ended: it plans the next one itself.
      plan.atMs = Infinity;
      this.#publishQuietly(file);
      if (clock.monotonicMs() - startMs > limits.sliceMs) break;
    }
    let nextMs = Infinity;
    for (const { atMs } of this.#plans.values()) nextMs = Math.min(nextMs, atMs);
    if (nextMs < Infinity) this.#wake(nextMs);
  }

  // Whoever closes or syncs the file tries again and hears of the failure then.
  #publishQuietly(file: OpenFile): void {
    try {
      const work = this.publish(file);
      if (work instanceof Promise) work.catch(() => undefined);
    } catch {
      return;
    }
  }
}

interface Plan {
  /** Monotonic. */
  atMs: number;
  /** Pause after the next failure. */
  readonly retryMs: number;
}
