import { z } from 'zod';
import type { DeviceId } from '../../identity/ids.ts';
import { decodeAs, encode } from './codec.ts';
import { deviceId, maximumDevices } from './fields.ts';

/** Whose batches a peer does not take. */
export interface Quarantine {
  /** Of nobody who does not say the same: they signed two histories, and the peer has the proof. */
  readonly quarantined: readonly DeviceId[];
  /** Not from whom this is told: it sent some that were refused. */
  readonly declined: readonly DeviceId[];
}

const devices = z.array(deviceId).max(maximumDevices);
const format = z.tuple([devices, devices]);

export function encodeQuarantine({ quarantined, declined }: Quarantine): Uint8Array {
  return encode([quarantined, declined]);
}

export function decodeQuarantine(body: Buffer): Quarantine {
  const [quarantined, declined] = decodeAs(format, body);
  return { quarantined, declined };
}
