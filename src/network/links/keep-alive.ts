// Notices a peer that fell silent: a cut cable or a machine without power says nothing, and TCP alone takes many minutes to tell.

export interface KeepAlive {
  /** Monotonic milliseconds. */
  readonly heardAtMs: number;
  readonly checkedAtMs: number;
}

export type KeepAliveVerdict = 'ping' | 'lost';

/** Checks in the time that a peer may be silent: several pings can get lost in delays before the peer is. */
const checksUntilLost = 5;

export function checkIntervalMs(lostAfterMs: number): number {
  return lostAfterMs / checksUntilLost;
}

/** To be asked every `checkIntervalMs`. */
export function checkKeepAlive(
  state: KeepAlive,
  nowMs: number,
  lostAfterMs: number,
): { readonly verdict: KeepAliveVerdict; readonly state: KeepAlive } {
  // This process itself was stopped, or its machine slept: what the peer said meanwhile has not been read yet.
  const slept = nowMs - state.checkedAtMs > lostAfterMs / 2;
  const heardAtMs = slept ? nowMs : state.heardAtMs;
  const verdict = nowMs - heardAtMs >= lostAfterMs ? 'lost' : 'ping';
  return { verdict, state: { heardAtMs, checkedAtMs: nowMs } };
}

/** As TCP smooths its own measurement (RFC 6298). */
export function smoothRoundTrip(smoothedMs: number, measuredMs: number): number {
  return smoothedMs === 0 ? measuredMs : smoothedMs + (measuredMs - smoothedMs) / 8;
}
