import type { DeviceId } from '../identity/ids.ts';
import type { BatchId, Frontier } from '../metadata/replica.ts';

// A frontier says how far each device's log is known. Comparing two of them tells what one side lacks.

const nobody: ReadonlySet<DeviceId> = new Set();

/** True when `frontier` holds everything that `other` holds, leaving some devices' logs out of account. */
export function covers(frontier: Frontier, other: Frontier, except = nobody): boolean {
  for (const [device, sequence] of other) {
    if (except.has(device)) continue;
    if ((frontier.get(device) ?? 0) < sequence) return false;
  }
  return true;
}

/** True when the batch is the very next one of its device for somebody with this frontier. */
export function isNext(frontier: Frontier, batch: BatchId): boolean {
  return (frontier.get(batch.device) ?? 0) === batch.sequence - 1;
}

/** The same for somebody who takes nothing of these devices: as if he had everything of them. */
export function beyond(frontier: Frontier, devices: ReadonlySet<DeviceId>): Frontier {
  if (devices.size === 0) return frontier;
  return new Map([...frontier, ...[...devices].map((device) => [device, Infinity] as const)]);
}

/** What both together know. */
export function join(a: Frontier, b: Frontier): Map<DeviceId, number> {
  const joined = new Map(a);
  for (const [device, sequence] of b) {
    joined.set(device, Math.max(sequence, joined.get(device) ?? 0));
  }
  return joined;
}
