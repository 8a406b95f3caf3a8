import type { DeviceId } from '../../identity/ids.ts';
import type { Frontier } from '../replica.ts';
import { inodeFromText, restOfKey } from '../state/tree-key.ts';
import { stampFromText } from '../stamp.ts';
import { parkedRange, waitingRange } from '../tables/global-key.ts';
import type { Rows } from '../tables/rows.ts';
import { foldedBy } from './log-view.ts';
import type { Logs } from './logs.ts';

/**
 * How far each device's log is in the tree: what is only logged, or waits for its time, does not count. This is what a batch may claim
 * that its author has seen, if it was so when the first of its operations was performed.
 */
export class AppliedFrontier {
  readonly #rows: Rows;
  readonly #logs: Logs;
  #now: Frontier = new Map();

  constructor(rows: Rows, logs: Logs) {
    this.#rows = rows;
    this.#logs = logs;
  }

  /** Never changes: later there is another one. */
  get now(): Frontier {
    return this.#now;
  }

  /** After operations were brought into the tree. */
  refresh(): void {
    const frontier = this.#logs.frontier();
    for (const { key } of this.#rows.all(waitingRange)) {
      const rest = restOfKey(key);
      lower(frontier, inodeFromText(rest, 0) as number as DeviceId, inodeFromText(rest, 8) - 1);
    }
    for (const { key } of this.#rows.all(parkedRange)) {
      const { device, millis } = stampFromText(key.slice(-12));
      const known = frontier.get(device) ?? 0;
      // The batch that holds it may hold others before it.
      lower(frontier, device, foldedBy(this.#logs, device, millis - 1, known) - 1);
    }
    this.#now = frontier;
  }
}

function lower(frontier: Map<DeviceId, number>, device: DeviceId, sequence: number): void {
  frontier.set(device, Math.max(0, Math.min(sequence, frontier.get(device) ?? 0)));
}
