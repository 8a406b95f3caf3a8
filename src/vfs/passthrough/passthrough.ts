import type { Acting } from '../../metadata/operation.ts';
import type { Clock } from '../../platform/clock.ts';
import type { OpenFile } from '../open-file.ts';
import type { KernelBackings } from './kernel-backings.ts';
import { mustStayWhole } from './kernel-use.ts';
import { cachedAccess, chooseWay, needsBacking, type KernelAccess } from './way-of-access.ts';

/** A memory map that may be left, and writes through one, are looked for this often. */
const lookMs = 1_000;

export interface OpeningFlags {
  readonly reads: boolean;
  readonly writes: boolean;
}

export interface PassthroughParts {
  readonly clock: Clock;
  /** Keeps the file in use, and lets it go. */
  keep(file: OpenFile): void;
  release(file: OpenFile): void;
  /** Bytes of it were changed through a memory map. */
  changed(file: OpenFile, mapper: Acting): void;
  /** Nothing keeps the file whole any more. */
  freed(file: OpenFile): void;
}

/**
 * Lets the kernel read files that are here as a whole by itself (FOPEN_PASSTHROUGH). Such a file stays whole until the last of its openings
 * past the kernel's cache is closed, and the last memory map gone: see docs/decisions/0017-what-the-kernel-reads-by-itself.md.
 */
export class Passthrough {
  readonly #parts: PassthroughParts;
  #backings: KernelBackings | undefined;
  /** Files that may be mapped although no opening says so, or written to through a map. */
  readonly #watched = new Set<OpenFile>();
  #cancelTimer: (() => void) | undefined;

  constructor(parts: PassthroughParts) {
    this.#parts = parts;
  }

  /** From now on files are passed through. */
  begin(backings: KernelBackings): void {
    this.#backings = backings;
  }

  /** Counts an opening, until `leave`. A promise only where a memory map could write to the file. */
  enter(file: OpenFile, flags: OpeningFlags, acting: Acting): KernelAccess | Promise<KernelAccess> {
    const { kernelUse } = file;
    const access = this.#accessTo(file, flags);
    if (access.way === 'cached') {
      kernelUse.cached += 1;
      return access;
    }
    kernelUse.uncached += 1;
    file.content.backing.keepWhole(true);
    return access.way === 'direct-but-mapped' ? this.#expectWrites(file, access, acting) : access;
  }

  leave(file: OpenFile, { way }: KernelAccess): void {
    const { kernelUse } = file;
    if (way === 'cached') {
      kernelUse.cached -= 1;
      return;
    }
    kernelUse.uncached -= 1;
    if (kernelUse.uncached > 0) return;
    if (kernelUse.backing !== undefined) {
      this.#backings?.close(kernelUse.backing);
      kernelUse.backing = undefined;
      if (!kernelUse.mayBeMapped && file.content.backing.isHeldElsewhere()) this.#watch(file);
    }
    if (!mustStayWhole(file)) this.#free(file);
  }

  /** Makes known what was written through a memory map up to now. */
  notice(file: OpenFile): void {
    const { mapper } = file.kernelUse;
    if (mapper !== null && file.content.backing.sawMappedWrite()) this.#parts.changed(file, mapper);
  }

  close(): void {
    this.#cancelTimer?.();
    for (const file of this.#watched) this.notice(file);
  }

  #accessTo(file: OpenFile, flags: OpeningFlags): KernelAccess {
    if (this.#backings === undefined) return cachedAccess;
    const { kernelUse, content } = file;
    const isUncached = mustStayWhole(file);
    const way = chooseWay({
      ...flags,
      size: content.size,
      cached: kernelUse.cached,
      isUncached,
      mayBegin: () => file.turn === null && content.backing.isWhole(),
    });
    if (!needsBacking(way, kernelUse.backing !== undefined)) return { way, backing: 0 };
    kernelUse.backing ??= this.#backings.open(content.backing.descriptor());
    const { backing } = kernelUse;
    if (backing !== undefined) return { way, backing };
    // Beside others past the cache, nothing may use it; without a backing file there are no memory maps then.
    return isUncached ? { way: 'direct', backing: 0 } : cachedAccess;
  }

  async #expectWrites(file: OpenFile, access: KernelAccess, acting: Acting): Promise<KernelAccess> {
    try {
      this.#watch(file);
      file.kernelUse.mapper = acting;
      await file.content.backing.expectMappedWrites();
      return access;
    } catch (error) {
      this.leave(file, access);
      throw error;
    }
  }

  #watch(file: OpenFile): void {
    file.kernelUse.mayBeMapped = true;
    if (this.#watched.has(file)) return;
    this.#watched.add(file);
    this.#parts.keep(file);
    this.#lookLater();
  }

  #lookLater(): void {
    this.#cancelTimer ??= this.#parts.clock.after(lookMs, () => {
      this.#cancelTimer = undefined;
      for (const file of this.#watched) this.#look(file);
      if (this.#watched.size > 0) this.#lookLater();
    });
  }

  #look(file: OpenFile): void {
    this.notice(file);
    const { kernelUse, content } = file;
    if (kernelUse.uncached > 0 || content.backing.isHeldElsewhere()) return;
    // What was written last is published first.
    if (kernelUse.mapper !== null && (content.dirty || content.backing.sawMappedWrite())) return;
    content.backing.endMappedWrites();
    kernelUse.mapper = null;
    kernelUse.mayBeMapped = false;
    this.#watched.delete(file);
    this.#free(file);
    this.#parts.release(file);
  }

  #free(file: OpenFile): void {
    file.content.backing.keepWhole(false);
    this.#parts.freed(file);
  }
}
