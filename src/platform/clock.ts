/** The time of this machine. Passed in, so that a test decides what time it is. */
export interface Clock {
  /** Milliseconds since 1970, as the operating system believes; may jump either way. */
  nowMs(): number;
  /** Milliseconds from an arbitrary start; never goes back. */
  monotonicMs(): number;
  /** Calls back once after `delayMs`. The returned function cancels. Does not keep the process alive. */
  after(delayMs: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, callback) {
    if (delayMs <= 0) return soon(callback);
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

// A timer takes a millisecond at least, even when none is asked for.
function soon(callback: () => void): () => void {
  const immediate = setImmediate(callback);
  immediate.unref();
  return () => clearImmediate(immediate);
}
