import type { AppliedFrontier } from '../log/applied-frontier.ts';
import { firstMillisOf, foldedBy, lastMillisAt } from '../log/log-view.ts';
import type { Logs } from '../log/logs.ts';
import type { DeviceId } from '../../identity/ids.ts';
import type { ProposeCheckpoint } from '../operation.ts';
import { type Base, hashOf, thresholdOf } from './base.ts';
import { membersOf } from './candidate.ts';
import type { CheckpointLimits } from './limits.ts';
import { isQuorum, isStable, membersAt } from './stability.ts';
import { deviceViews } from './views.ts';

/** An operation that asks for a checkpoint, where it stands. */
export interface Proposal {
  readonly author: DeviceId;
  /** Of the author's batch that holds it. */
  readonly sequence: number;
  readonly fields: ProposeCheckpoint;
}

export type Verdict =
  /** More must be known. */
  | { readonly kind: 'wait' }
  /** It was not made by the rules. */
  | { readonly kind: 'refuse'; readonly reason: string }
  /** It is to be folded, and the tree here can tell whether it is right. */
  | { readonly kind: 'fold'; readonly members: ReadonlySet<DeviceId> }
  /** It is agreed on, but the tree here holds what it does not: it must come from a peer. */
  | { readonly kind: 'fetch' };

/** Decides from the logs, and so as every peer does but those who count too few for enough: they take what the others make. */
export function judgeProposal(
  { author, sequence, fields }: Proposal,
  logs: Logs,
  applied: AppliedFrontier,
  base: Base | undefined,
  limits: CheckpointLimits,
  givenUp: ReadonlySet<DeviceId>,
): Verdict {
  const { threshold, devices } = fields;
  if (threshold <= thresholdOf(base))
    return { kind: 'refuse', reason: 'it is older than the last' };
  const isKnown = devices.every(({ device, known }) => (applied.now.get(device) ?? 0) >= known);
  if (!isKnown) return { kind: 'wait' };
  const then = devices.map(({ device, known }) => {
    return { device, lastMillis: lastMillisAt(logs, device, known) ?? Infinity };
  });
  const members = membersAt(then, threshold, limits).map(({ device }) => device);
  if (members[0] !== author) return { kind: 'refuse', reason: 'it was not its author’s turn' };
  const isRightFold = devices.every(
    ({ device, known, folded }) => foldedBy(logs, device, threshold, known) === folded,
  );
  if (!isRightFold) return { kind: 'refuse', reason: 'it folds what it must not' };
  const continues = fields.previous.equals(hashOf(base));
  if (continues && !isQuorum(members, membersOf(base, devices), givenUp)) {
    return { kind: 'refuse', reason: 'too few devices took part' };
  }
  const present = deviceViews(logs, applied.now).filter(({ device }) => members.includes(device));
  const isAgreed = present.every(
    ({ device, seen }) => device === author || (seen.get(author) ?? 0) >= sequence,
  );
  if (!isAgreed || !isStable(present, threshold, devices)) return { kind: 'wait' };
  if (!continues || hasBelated(fields, logs)) return { kind: 'fetch' };
  return { kind: 'fold', members: new Set(members) };
}

/** Whether anything came here up to the threshold that it does not fold. */
function hasBelated({ threshold, devices }: ProposeCheckpoint, logs: Logs): boolean {
  const foldedByDevice = new Map(devices.map(({ device, folded }) => [device, folded]));
  return [...logs.frontier()].some(([device, known]) => {
    const folded = foldedByDevice.get(device) ?? 0;
    if (known <= folded) return false;
    return (firstMillisOf(logs, device, folded + 1) ?? 0) <= threshold;
  });
}
