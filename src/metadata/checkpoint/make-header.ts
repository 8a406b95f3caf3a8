import type { DeviceId } from '../../identity/ids.ts';
import { decodeBatchHead } from '../codec/batch.ts';
import type { LogEnd } from '../log/log-end.ts';
import { wholeUpTo } from '../log/log-view.ts';
import type { Logs } from '../log/logs.ts';
import type { Pace, Sliced } from '../merge/pace.ts';
import type { FoldedDevice } from '../operation.ts';
import { type Base, deviceIn, hashOf, seenAtBase } from './base.ts';
import type { CheckpointDevice, CheckpointHeader } from './header.ts';

export interface HeaderFacts {
  readonly network: string;
  readonly threshold: number;
  readonly devices: readonly FoldedDevice[];
  readonly members: ReadonlySet<DeviceId>;
  readonly base: Base | undefined;
  readonly highestCounterOf: (device: DeviceId) => number;
}

/** What a checkpoint says of the logs. It follows from these alone, up to what is folded. */
export function* makeHeader(facts: HeaderFacts, logs: Logs, pace: Pace): Sliced<CheckpointHeader> {
  const { network, threshold, base } = facts;
  const foldedByDevice = new Map(facts.devices.map(({ device, folded }) => [device, folded]));
  const devices: CheckpointDevice[] = [];
  for (const { device, folded, known } of facts.devices) {
    const before = deviceIn(base, device);
    const whole = wholeUpTo(logs, device, threshold, folded);
    const end = endOf(logs, device, whole, before?.end ?? null);
    const isMember = facts.members.has(device);
    const seen = yield* seenUpTo(logs, device, end?.sequence ?? 0, base, pace);
    const highest = Math.max(before?.highestCounter ?? 0, facts.highestCounterOf(device));
    devices.push({
      ...{ device, folded, known, isMember, end, highestCounter: highest },
      seen: isMember ? beyond(seen, foldedByDevice) : seen,
    });
    yield* pace.rest();
  }
  return { network, threshold, previous: hashOf(base), devices };
}

function endOf(
  logs: Logs,
  device: DeviceId,
  sequence: number,
  before: LogEnd | null,
): LogEnd | null {
  if (sequence === 0) return null;
  if (before?.sequence === sequence) return before;
  const end = logs.endAt(device, sequence) ?? logs.beforeOf(device);
  if (end?.sequence !== sequence) throw new Error(`the log of device ${device} lacks a batch`);
  return end;
}

/** How far the author had said that he knew others' logs when he made this batch. */
function* seenUpTo(
  logs: Logs,
  author: DeviceId,
  sequence: number,
  base: Base | undefined,
  pace: Pace,
): Sliced<Map<DeviceId, number>> {
  const before = deviceIn(base, author);
  const seen = base && before ? seenAtBase(base, before) : new Map<DeviceId, number>();
  for (let next = (before?.end?.sequence ?? 0) + 1; next <= sequence; next += 1) {
    const bytes = logs.read({ device: author, sequence: next });
    if (!bytes) throw new Error(`the log of device ${author} lacks a batch`);
    for (const [device, known] of decodeBatchHead(bytes).seen) {
      seen.set(device, Math.max(known, seen.get(device) ?? 0));
    }
    yield* pace.rest();
  }
  return new Map([...seen].sort(([a], [b]) => a - b));
}

function beyond(
  seen: ReadonlyMap<DeviceId, number>,
  foldedByDevice: ReadonlyMap<DeviceId, number>,
): Map<DeviceId, number> {
  return new Map([...seen].filter(([device, known]) => known > (foldedByDevice.get(device) ?? 0)));
}
