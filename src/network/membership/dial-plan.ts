import type { DeviceId } from '../../identity/ids.ts';
import type { Random } from '../../platform/random.ts';
import type { NetworkLimits } from '../limits.ts';

// When to dial whom: pure decisions of membership.

/**
 * How long to wait before dialling a peer. Doubles with each failure up to a bound, and is spread, so that a peer that comes back is
 * not met by everybody at once. Of two peers the one with the smaller number dials; the other leaves it some time, and then dials
 * too, since perhaps only it can reach the other.
 */
export function dialDelayMs(
  peer: {
    readonly own: DeviceId;
    readonly device: DeviceId | undefined;
    readonly failures: number;
    /** No peer is connected. */
    readonly alone: boolean;
  },
  limits: NetworkLimits,
  random: Random,
): number {
  const { own, device, failures, alone } = peer;
  const backOff = failures === 0 ? 0 : limits.firstRetryMs * 2 ** Math.min(failures - 1, 30);
  const bounded = Math.min(backOff, alone ? limits.longestRetryAloneMs : limits.longestRetryMs);
  const courtesy = device !== undefined && own > device && failures === 0 ? limits.courtesyMs : 0;
  return courtesy + bounded * (0.5 + random.fraction() / 2);
}

/**
 * Which of the peers without a link to pursue now: all of them in a small network; in a large one so many that there will be about
 * `meshBound` links, at random, so that the mesh stays connected without everybody knowing everybody.
 */
export function peersToPursue<T>(
  candidates: readonly T[],
  mesh: { readonly known: number; readonly linked: number; readonly pursued: number },
  meshBound: number,
  random: Random,
): readonly T[] {
  if (mesh.known <= meshBound) return candidates;
  const wanted = Math.max(0, meshBound - mesh.linked - mesh.pursued);
  const remaining = [...candidates];
  const chosen: T[] = [];
  while (chosen.length < wanted && remaining.length > 0) {
    const index = Math.floor(random.fraction() * remaining.length);
    chosen.push(...remaining.splice(index, 1));
  }
  return chosen;
}
