import type { DeviceId } from '../../identity/ids.ts';
import type { FoldedDevice } from '../operation.ts';
import type { Frontier } from '../replica.ts';
import type { CheckpointLimits } from './limits.ts';

// Up to which stamp nothing can come any more, and who must agree. Pure: it decides from what is known of each device.

/** Of the machine on which the network was created. */
const firstDevice = 1 as DeviceId;

const nobody: ReadonlySet<DeviceId> = new Set();

/** What is known of a device. */
export interface DeviceView {
  readonly device: DeviceId;
  /** Its last batch that is in the tree here. */
  readonly known: number;
  /** Of its last operation up to there. */
  readonly lastMillis: number;
  /** How far it said that others' logs are in its tree. */
  readonly seen: Frontier;
}

/** Devices that are waited for. The others have been silent for too long before the threshold. */
export function membersAt<View extends Pick<DeviceView, 'lastMillis'>>(
  devices: readonly View[],
  threshold: number,
  { expiryMs }: CheckpointLimits,
): View[] {
  return devices.filter(({ lastMillis }) => lastMillis >= threshold - expiryMs);
}

/**
 * More than half of those who took part in the last checkpoint, or half with the lowest-numbered among them, so that of peers that
 * parted for longer than the expiry only one side goes on folding (Jajodia & Mutchler, *Dynamic Voting*, 1990). Nobody but the first
 * device begins alone. Of those who are away, the ones of whom somebody knows that they will not come back do not count.
 */
export function isQuorum(
  members: readonly DeviceId[],
  tookPart: readonly DeviceId[],
  givenUp: ReadonlySet<DeviceId> = nobody,
): boolean {
  const present = new Set(members);
  const before = tookPart.filter((device) => present.has(device) || !givenUp.has(device));
  // A device that has not met anybody yet is not the network, unless it is the one that began it.
  if (tookPart.length === 1 && tookPart[0] !== firstDevice && present.size === 1) return false;
  const [lowest] = [...before].sort((a, b) => a - b);
  const kept = before.filter((device) => present.has(device));
  const isHalf = kept.length * 2 === before.length;
  return kept.length * 2 > before.length || (isHalf && lowest !== undefined && present.has(lowest));
}

/**
 * The latest threshold such that every member has signed something later, and has seen all that others did until then. `firstMillisOf`
 * tells of a batch. Undefined when there is none yet.
 */
export function latestThreshold(
  devices: readonly DeviceView[],
  nowMillis: number,
  limits: CheckpointLimits,
  firstMillisOf: (device: DeviceId, sequence: number) => number | undefined,
): number | undefined {
  const members = membersAt(devices, nowMillis, limits);
  if (members.length === 0) return undefined;
  let latest = Math.min(...members.map(({ lastMillis }) => lastMillis - 1));
  for (const { device, known } of devices) {
    const seenByAll = Math.min(known, ...members.map((member) => seenOf(member, device, known)));
    if (seenByAll >= known) continue;
    const first = firstMillisOf(device, seenByAll + 1);
    if (first === undefined) return undefined;
    latest = Math.min(latest, first - 1);
  }
  const threshold = Math.floor(latest / limits.granularityMs) * limits.granularityMs;
  // Somebody who expires between the threshold and now is neither waited for nor left out.
  const isSure = membersAt(devices, threshold, limits).length === members.length;
  return threshold > 0 && isSure ? threshold : undefined;
}

/** True when nothing up to the threshold can come from any member any more, but what the checkpoint folds. */
export function isStable(
  members: readonly DeviceView[],
  threshold: number,
  devices: readonly FoldedDevice[],
): boolean {
  return members.every(
    (member) =>
      member.lastMillis > threshold &&
      devices.every(({ device, folded }) => seenOf(member, device, folded) >= folded),
  );
}

/** True when every member has said that it has seen all of this. What it did before is known then, so nothing can come that is unaware of it. */
export function isSeenBy(members: readonly DeviceView[], frontier: Frontier): boolean {
  return members.every((member) =>
    [...frontier].every(([device, last]) => seenOf(member, device, last) >= last),
  );
}

/** A device knows its own log. */
function seenOf(member: DeviceView, device: DeviceId, own: number): number {
  return member.device === device ? own : (member.seen.get(device) ?? 0);
}
