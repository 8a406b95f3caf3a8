import { setTimeout } from 'node:timers/promises';
import { processStart } from '../platform/process-start.ts';
import { ExpectedFailure } from '../util/expected-failure.ts';

/** How long a daemon may take to write everything down and to tell its peers. */
const limitMs = 60_000;

/** Often enough that nobody notices, seldom enough to cost nothing. */
const intervalMs = 20;

/** Resolves when the process has ended. Call `watchEnd` before asking it to, so that its number cannot be another's by then. */
export function watchEnd(pid: number): () => Promise<void> {
  const start = processStart(pid);
  const isRunning = (): boolean => start !== undefined && processStart(pid) === start;
  return async () => {
    const deadline = performance.now() + limitMs;
    while (isRunning()) {
      if (performance.now() > deadline) {
        throw new ExpectedFailure(
          'machine',
          `Process ${pid} has been asked to leave and still runs after a minute; its log says what it waits for.`,
        );
      }
      await setTimeout(intervalMs);
    }
  };
}
