import type { AppliedFrontier } from '../log/applied-frontier.ts';
import { firstMillisOf, foldedBy } from '../log/log-view.ts';
import type { Logs } from '../log/logs.ts';
import type { FoldedDevice } from '../operation.ts';
import type { DeviceId } from '../../identity/ids.ts';
import { type Base, thresholdOf } from './base.ts';
import type { CheckpointLimits } from './limits.ts';
import { isQuorum, isStable, latestThreshold, membersAt } from './stability.ts';
import { deviceViews } from './views.ts';

/** What this device could ask all to fold. */
export interface Candidate {
  readonly threshold: number;
  readonly devices: readonly FoldedDevice[];
  readonly operations: number;
}

/** Why there is none, as a clause. */
export interface Waiting {
  readonly waitsFor: string;
  /** Without these there are too few; they have been away for too long to be waited for. */
  readonly absent?: readonly DeviceId[];
}

/** A candidate, or why there is none. */
export function candidateNow(
  self: DeviceId,
  logs: Logs,
  applied: AppliedFrontier,
  base: Base | undefined,
  nowMillis: number,
  limits: CheckpointLimits,
  givenUp: ReadonlySet<DeviceId>,
): Candidate | Waiting {
  const views = deviceViews(logs, applied.now);
  const first = (device: DeviceId, sequence: number) => firstMillisOf(logs, device, sequence);
  const threshold = latestThreshold(views, nowMillis, limits, first);
  if (threshold === undefined || threshold <= thresholdOf(base)) {
    return { waitsFor: 'all devices to acknowledge what was done' };
  }
  const members = membersAt(views, threshold, limits);
  if (members[0]?.device !== self) {
    return { waitsFor: `device ${members[0]?.device ?? '?'}, whose turn it is` };
  }
  const present = members.map(({ device }) => device);
  const before = membersOf(base, views);
  if (!isQuorum(present, before, givenUp)) {
    const absent = before.filter((device) => !present.includes(device) && !givenUp.has(device));
    return { waitsFor: 'more devices: too many have been away for long', absent };
  }
  // What a member had seen must be here, or it could be missing from what is folded.
  const lacking = members.some(({ seen }) =>
    [...seen].some(([device, sequence]) => sequence > (applied.now.get(device) ?? 0)),
  );
  if (lacking) return { waitsFor: 'operations that others know' };
  const devices = views.map(({ device, known }) => {
    return { device, known, folded: foldedBy(logs, device, threshold, known) };
  });
  if (!isStable(members, threshold, devices)) {
    return { waitsFor: 'all devices to acknowledge what was done' };
  }
  return { threshold, devices, operations: operationsFolded(logs, devices, base) };
}

/** Who took part in the last checkpoint; before the first, everybody. */
export function membersOf(
  base: Base | undefined,
  devices: readonly { readonly device: DeviceId }[],
): DeviceId[] {
  const before = base?.header.devices.filter(({ isMember }) => isMember) ?? devices;
  return before.map(({ device }) => device);
}

/** Operations in all logs since the last checkpoint. */
export function operationsSince(logs: Logs, base: Base | undefined): number {
  let operations = 0;
  for (const device of logs.frontier().keys()) {
    operations += logs.progressOf(device)?.operations ?? 0;
  }
  return operations - operationsIn(base);
}

function operationsFolded(
  logs: Logs,
  devices: readonly FoldedDevice[],
  base: Base | undefined,
): number {
  let operations = 0;
  for (const { device, folded } of devices) {
    const total = logs.progressOf(device)?.operations ?? 0;
    operations += total - logs.operationsAfter({ device, sequence: folded });
  }
  return operations - operationsIn(base);
}

function operationsIn(base: Base | undefined): number {
  return (base?.header.devices ?? []).reduce((sum, { end }) => sum + (end?.operations ?? 0), 0);
}
