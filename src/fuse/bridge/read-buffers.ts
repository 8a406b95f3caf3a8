import { maximumRequestBytes } from '../kernel/negotiate.ts';
import { Views } from '../kernel/views.ts';

/** Where one read puts its bytes until they are sent. */
export type ReadBuffer = Views;

/** Buffers kept for later; reads that wait at the same time beyond this make new ones. */
const maximumIdleBuffers = 16;

/** A read that is answered at once gives its buffer back at once, so usually one is enough. */
export class ReadBuffers {
  readonly #idle: ReadBuffer[] = [];

  take(): ReadBuffer {
    return this.#idle.pop() ?? new Views(Buffer.allocUnsafeSlow(maximumRequestBytes), 0);
  }

  /** Nobody may write into it any more. */
  give(buffer: ReadBuffer): void {
    if (this.#idle.length < maximumIdleBuffers) this.#idle.push(buffer);
  }
}
