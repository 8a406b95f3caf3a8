import type { DeviceId } from '../identity/ids.ts';
import type { BatchId, Frontier } from '../metadata/replica.ts';

// A frontier says how far each device's log is known. Comparing two of them tells what one side lacks.

/** True when `frontier` holds everything that `other` holds. */
export function covers(frontier: Frontier, other: Frontier): boolean {
  for (const [device, sequence] of other) {
    if ((frontier.get(device) ?? 0) < sequence) return false;
  }
  return true;
}

/** True when the batch is the very next one of its device for somebody with this frontier. */
export function isNext(frontier: Frontier, batch: BatchId): boolean {
  return (frontier.get(batch.device) ?? 0) === batch.sequence - 1;
}

/** What both together know. */
export function join(a: Frontier, b: Frontier): Map<DeviceId, number> {
  const joined = new Map(a);
  for (const [device, sequence] of b) {
    joined.set(device, Math.max(sequence, joined.get(device) ?? 0));
  }
  return joined;
}
