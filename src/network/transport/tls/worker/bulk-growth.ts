// How many bulk connections one peer is worth. Congestion control limits each connection on its own, so over a long or lossy line
// several carry more than one; on a short line one fills it, and more only cost memory.

export interface GrowthState {
  readonly connections: number;
  /** Bytes per second when the last connection was added. */
  readonly rateBefore: number;
  /** Monotonic milliseconds before which none is added, since the last one brought nothing. */
  readonly restUntilMs: number;
}

export interface GrowthObservation {
  readonly nowMs: number;
  readonly bytesPerSecond: number;
  readonly roundTripMs: number;
  /** Requests waited, so the connections were the limit and not the demand. */
  readonly saturated: boolean;
  readonly maximumConnections: number;
}

/** Below it the line is a local network, which one connection fills. */
const longRoundTripMs = 4;

/** A connection that adds less than this is not worth another one. */
const worthwhileGain = 1.1;

const restMs = 30_000;

/** Whether to add a connection now, and what to remember. Asked about once a second. */
export function decideGrowth(
  state: GrowthState,
  observation: GrowthObservation,
): { readonly add: boolean; readonly state: GrowthState } {
  const { nowMs, bytesPerSecond, roundTripMs, saturated, maximumConnections } = observation;
  const may = saturated && roundTripMs >= longRoundTripMs && nowMs >= state.restUntilMs;
  if (!may || state.connections >= maximumConnections) return { add: false, state };
  const gained = bytesPerSecond >= state.rateBefore * worthwhileGain;
  if (state.connections > 1 && !gained) {
    return { add: false, state: { ...state, rateBefore: 0, restUntilMs: nowMs + restMs } };
  }
  return { add: true, state: { ...state, rateBefore: bytesPerSecond } };
}
