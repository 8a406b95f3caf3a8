import type { DeviceId } from '../../identity/ids.ts';

/** A peer, or an address whose peer is not known yet, to which there should be a link. */
export interface Target {
  /** Learnt when it answers, for a configured address. */
  device: DeviceId | undefined;
  /** `host:port` that a person configured; undefined for a peer that is known by its record. */
  readonly configured: string | undefined;
  state: 'idle' | 'waiting' | 'dialling';
  failures: number;
  /** Something changed while it was being dialled: a failure says nothing, and it is dialled again at once. */
  again: boolean;
  lastError: string | undefined;
  /** Milliseconds since 1970 of the last change between linked, reachable and not. */
  sinceMs: number;
  cancel: () => void;
}

export function newTarget(
  device: DeviceId | undefined,
  configured: string | undefined,
  nowMs: number,
): Target {
  return {
    device,
    configured,
    state: 'idle',
    failures: 0,
    again: false,
    lastError: undefined,
    sinceMs: nowMs,
    cancel() {},
  };
}
