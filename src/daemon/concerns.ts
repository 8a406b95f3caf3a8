import type { ClockStatus, ParkedStatus, QuarantinedStatus } from '../control/status.ts';
import { maximumAheadMs } from '../metadata/merge/parked.ts';
import { agrees } from '../sync/clock-verdict.ts';
import { clockSentence } from '../sync/peer-time.ts';
import { durationForPeople } from '../util/duration-for-people.ts';
import type { DiskTrouble } from '../storage/watched-disk.ts';
import { type Kept, sentencesOfKept } from '../rescue/whats-kept.ts';
import { lockConcerns } from './lock-status.ts';
import type { Peer } from './peer.ts';

// What a person should know of: clocks, and what other peers did that no sound peer does.

/** Offences that were only counted say little one by one; the newest are shown. */
const shownOffences = 32;

export function describeClock({ time, replica }: Peer): ClockStatus {
  const { aheadMs, correctionMs, peers } = time.state();
  const ahead = replica.parts.stamps.lastMillis - time.presentMs();
  return {
    ...{ aheadMs, correctionMs, stampsAheadMs: ahead > maximumAheadMs ? ahead : 0 },
    peers: peers.map(({ device, user, aheadMs: peerAheadMs }) => ({
      device,
      user,
      aheadMs: peerAheadMs,
    })),
  };
}

export function describeParked(peer: Peer): ParkedStatus[] {
  return peer.replica.parts.parked.waiting.map(({ device, operations, untilMs }) => ({
    device,
    user: nameOf(peer, device),
    operations,
    untilMs,
  }));
}

export function describeQuarantined({ replica, identity }: Peer): QuarantinedStatus[] {
  return replica.parts.evidence.quarantined.map(({ device, user, sequence, sinceMs }) => {
    const isThisDevice = device === identity.certificate.device;
    return { device, user, sequence, sinceMs, isThisDevice };
  });
}

export function describeRefused({ replica }: Peer) {
  return [...replica.parts.evidence.noted]
    .sort((a, b) => b.lastMs - a.lastMs)
    .slice(0, shownOffences);
}

/** One sentence each, the most urgent first. */
export function concernsOf(peer: Peer, kept: Kept): string[] {
  return [
    ...diskConcerns(peer.disk.troubles),
    ...roomConcerns(peer),
    ...sentencesOfKept(kept),
    ...quarantineConcerns(peer),
    ...lockConcerns(peer),
    ...clockConcerns(peer),
    ...checkpointConcerns(peer),
    ...refusedConcerns(peer),
  ];
}

/** One sentence for whatever fails, since it is one disk. */
export function diskConcerns([first, ...others]: readonly DiskTrouble[]): string[] {
  if (first === undefined) return [];
  const all = [first, ...others];
  const since = `since ${new Date(first.sinceMs).toISOString()}`;
  if (all.every(({ code }) => code === 'ENOSPC' || code === 'EDQUOT')) {
    return [`the disk under this home is full ${since}: writing fails until there is room`];
  }
  const { site, code } = all.find((each) => each.code !== 'ENOSPC') ?? first;
  return [
    `the disk under this home fails ${since} (${code} at ${site}): reading goes on; replace the disk, then restart the daemon`,
  ];
}

/** Before the disk itself has refused anything. */
function roomConcerns({ disk, reserve }: Peer): string[] {
  if (!reserve.isScarce || disk.troubles.length > 0) return [];
  return ['the disk under this home is full: files can be read and removed, until there is room'];
}

function quarantineConcerns(peer: Peer): string[] {
  const pending = describeQuarantined(peer).filter((each) => !hasJoinedAgain(peer, each));
  return pending.map(({ isThisDevice, user, device }) =>
    isThisDevice
      ? 'this device signed two histories (its home was copied, or restored from an old copy and used before it met its peers): others take nothing more from it, now or later; join again with a new home, and copy over from this one what the others lack'
      : `device ${device} of ${user} signed two histories: nothing more is taken from it; ${user} has to join again with a new home, and what was taken before stays. Nothing needs to be done here`,
  );
}

/** Its user works on with another device since: nobody has anything to do about it any more. */
function hasJoinedAgain({ replica }: Peer, { user, sinceMs, isThisDevice }: QuarantinedStatus) {
  if (isThisDevice) return false;
  const { logs, evidence } = replica.parts;
  return [...logs.frontier().keys()].some((device) => {
    const isAnother = logs.certificateOf(device)?.user === user && !evidence.isQuarantined(device);
    return isAnother && (replica.lastStampOf(device)?.millis ?? 0) > sinceMs;
  });
}

function clockConcerns(peer: Peer): string[] {
  const { aheadMs, stampsAheadMs, peers } = describeClock(peer);
  const concerns: string[] = [];
  const isOwnWrong = aheadMs !== null && !agrees(aheadMs);
  if (isOwnWrong) concerns.push(clockSentence(aheadMs, peers.length));
  for (const other of isOwnWrong ? [] : peers.filter((each) => !agrees(each.aheadMs))) {
    const by = `${durationForPeople(other.aheadMs)} ${other.aheadMs > 0 ? 'ahead' : 'behind'}`;
    concerns.push(`the clock of ${other.user} (device ${other.device}) is ${by}: it should be set`);
  }
  if (stampsAheadMs > 0) {
    const duration = durationForPeople(stampsAheadMs);
    concerns.push(
      `this machine's clock was wrong and what was done here carries a time ${duration} ahead: others see it, and what is done until then, only when that time has come`,
    );
  }
  for (const { user, device, operations, untilMs } of describeParked(peer)) {
    const until = new Date(untilMs).toISOString().slice(0, 16).replace('T', ' ');
    concerns.push(
      `${operations} operations of ${user} (device ${device}) wait until ${until} UTC: its clock was ahead when they were made, or this one is behind`,
    );
  }
  return concerns;
}

function checkpointConcerns(peer: Peer): string[] {
  const { replica, synchroniser } = peer;
  const { belated, absent, ...status } = replica.checkpoints.status;
  const problem = status.problem ?? synchroniser.checkpointProblem ?? null;
  const waiting = `${belated} operations that were done here while this device was away for too long wait for what they refer to`;
  const names = absent.map((device) => `${device} of ${nameOf(peer, device)}`).join(', ');
  const few = `nothing old is folded away, and logs grow, since too many devices have been away for a month (${names}): if they will not come back, list them as givenUp in config.toml and restart`;
  return [
    ...(problem === null ? [] : [problem]),
    ...(belated > 0 ? [waiting] : []),
    ...(absent.length > 0 ? [few] : []),
  ];
}

function refusedConcerns(peer: Peer): string[] {
  const refused = describeRefused(peer).filter(({ kind }) => kind !== 'equivocation');
  const total = refused.reduce((sum, { count }) => sum + count, 0);
  const [last] = refused;
  if (!last) return [];
  const from = last.from === null ? '' : `, from ${nameOf(peer, last.from)} (device ${last.from})`;
  return [`${total} batches were refused and kept as evidence; the last${from}: ${last.reason}`];
}

function nameOf({ replica, traffic }: Peer, device: number): string {
  const certificate = replica.parts.logs.certificateOf(device as never);
  return certificate?.user ?? traffic.nameOf(String(device));
}
