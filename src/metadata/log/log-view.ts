import type { DeviceId } from '../../identity/ids.ts';
import { decodeBatch, decodeBatchHead } from '../codec/batch.ts';
import type { Logs } from './logs.ts';
import { stampFromText } from '../stamp.ts';

// When the batches of a log were made.

/** Of the last operation up to a batch; undefined when the batch is not here, nor what was folded up to it. */
export function lastMillisAt(logs: Logs, device: DeviceId, sequence: number): number | undefined {
  const progress = logs.progressOf(device);
  if (progress?.sequence === sequence) return stampFromText(progress.lastStamp).millis;
  const before = logs.beforeOf(device);
  if (before?.sequence === sequence) return stampFromText(before.lastStamp).millis;
  const bytes = logs.read({ device, sequence });
  return bytes && decodeBatch(bytes).operations.at(-1)?.operation.stamp.millis;
}

/** Of the first operation of a batch; undefined when it is not here. */
export function firstMillisOf(logs: Logs, device: DeviceId, sequence: number): number | undefined {
  const bytes = logs.read({ device, sequence });
  return bytes && decodeBatchHead(bytes).millis;
}

/** The last batch up to `known` that holds an operation up to the threshold; 0 for none. */
export function foldedBy(logs: Logs, device: DeviceId, threshold: number, known: number): number {
  let low = Math.min(logs.beforeOf(device)?.sequence ?? 0, known);
  for (let high = known; low < high;) {
    const middle = Math.ceil((low + high) / 2);
    const first = firstMillisOf(logs, device, middle) ?? 0;
    if (first <= threshold) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The last batch up to `folded` of which nothing is younger than the threshold. */
export function wholeUpTo(logs: Logs, device: DeviceId, threshold: number, folded: number): number {
  const last = folded === 0 ? undefined : lastMillisAt(logs, device, folded);
  return last !== undefined && last > threshold ? folded - 1 : folded;
}
