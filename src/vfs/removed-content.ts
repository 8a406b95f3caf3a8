import type { ContentStore } from '../content/content-store.ts';
import type { InodeId } from '../metadata/ids.ts';
import type { Replica } from '../metadata/replica.ts';
import type { Clock } from '../platform/clock.ts';
import { fileIdOf } from './file-id.ts';
import type { Logger } from '../platform/logger.ts';
import type { InodeReferences } from './inode-references.ts';
import type { FileSystemLimits } from './limits.ts';
import type { OpenFiles } from './open-files.ts';

/**
 * Frees the bytes of files that no name leads to and nobody here uses, a while after the last of these became true: see
 * `removedContentMs`.
 */
export class RemovedContent {
  readonly #parts: RemovedContentParts;
  /** Monotonic time by inode, the earliest first. */
  readonly #dueAtMs = new Map<InodeId, number>();
  #cancelTimer: (() => void) | null = null;

  constructor(parts: RemovedContentParts) {
    this.#parts = parts;
  }

  /** Something that kept the file may be gone. */
  consider(inode: InodeId): void {
    if (this.#dueAtMs.has(inode) || !this.#isUnneeded(inode)) return;
    const { clock, limits } = this.#parts;
    this.#dueAtMs.set(inode, clock.monotonicMs() + limits.removedContentMs);
    this.#cancelTimer ??= clock.after(limits.removedContentMs, () => this.#freeDue());
  }

  /** Frees at once all that waits, for instance because the disk is full. */
  freeAll(): void {
    for (const inode of this.#dueAtMs.keys()) this.#free(inode);
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #freeDue(): void {
    const { clock, limits } = this.#parts;
    this.#cancelTimer = null;
    const startMs = clock.monotonicMs();
    for (const [inode, dueAtMs] of this.#dueAtMs) {
      const waitMs = Math.max(0, dueAtMs - clock.monotonicMs());
      if (waitMs > 0 || clock.monotonicMs() - startMs > limits.sliceMs) {
        this.#cancelTimer = clock.after(waitMs, () => this.#freeDue());
        return;
      }
      this.#free(inode);
    }
  }

  #free(inode: InodeId): void {
    this.#dueAtMs.delete(inode);
    if (!this.#isUnneeded(inode)) return;
    try {
      this.#parts.content.remove(fileIdOf(inode));
    } catch (error) {
      this.#parts.logger.warn({ inode, error }, 'the bytes of a removed file could not be freed');
    }
  }

  #isUnneeded(inode: InodeId): boolean {
    const { replica, references, files } = this.#parts;
    if (references.has(inode) || files.get(inode) !== undefined) return false;
    if (this.#parts.isAwaited(inode)) return false;
    const node = replica.node(inode);
    return node !== undefined && node.type === 'file' && node.links === 0;
  }
}

export interface RemovedContentParts {
  readonly replica: Replica;
  readonly content: ContentStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: FileSystemLimits;
  readonly references: InodeReferences;
  readonly files: OpenFiles;
  /** Its bytes are about to be taken elsewhere. */
  isAwaited(inode: InodeId): boolean;
}
