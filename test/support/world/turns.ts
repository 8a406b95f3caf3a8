import type { Disk } from '../../../src/storage/disk.ts';

interface HeldResult {
  readonly result: Promise<unknown>;
  readonly release: () => void;
}

/** Turns of the event loop in which nothing may happen before everybody counts as waiting for the world. */
const quietTurns = 3;

/** What of the event loop's business ends by itself, and soon. */
const underWay: ReadonlySet<string> = new Set([
  ...['FSReqCallback', 'FSReqPromise', 'Immediate'],
  // A hashing worker that was asked something.
  'MessagePort',
]);

/**
 * Makes what waits for the disk as regular as all else: such a call ends when nothing else can go on, in the order in which they
 * began, however fast the disk is. Otherwise no two runs of one seed would be the same.
 */
export class Turns {
  readonly #held: HeldResult[] = [];
  #quieting: Promise<void> | undefined;

  /** A disk whose waiting calls end in turn. */
  over(disk: Disk): Disk {
    return {
      attempt: (site, call, effect) => disk.attempt(site, call, effect),
      attemptAsync: (site, call, effect) => this.#hold(() => disk.attemptAsync(site, call, effect)),
    };
  }

  /** Lets the event loop go round a few times, while what waits for a disk goes on waiting. */
  async few(turns: number): Promise<void> {
    for (let turn = 0; turn < turns; turn += 1) await oneTurn();
  }

  /** Until everybody waits for time to pass or for somebody else. */
  quiet(): Promise<void> {
    // Two who wait for quiet would each be the other's noise.
    this.#quieting ??= this.#untilQuiet().finally(() => {
      this.#quieting = undefined;
    });
    return this.#quieting;
  }

  async #untilQuiet(): Promise<void> {
    for (let idle = 0; idle < quietTurns;) {
      await oneTurn();
      idle += 1;
      if (process.getActiveResourcesInfo().some((kind) => underWay.has(kind))) idle = 0;
      else if (idle === quietTurns && (await this.#releaseOne())) idle = 0;
    }
  }

  /** Gives a moment to threads, whose work no clock of the world governs and which has no effect that depends on when it ends. */
  forThreads(): Promise<void> {
    return new Promise((resolve) => {
      setTimeout(resolve, 1);
    });
  }

  #hold<T>(call: () => Promise<T>): Promise<T> {
    const result = call();
    // One that fails before its turn is not one that nobody looks after.
    result.catch(() => undefined);
    return new Promise<T>((resolve, reject) => {
      this.#held.push({ result, release: () => void result.then(resolve, reject) });
    });
  }

  async #releaseOne(): Promise<boolean> {
    const next = this.#held.shift();
    if (next === undefined) return false;
    await next.result.catch(() => undefined);
    next.release();
    return true;
  }
}

function oneTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
