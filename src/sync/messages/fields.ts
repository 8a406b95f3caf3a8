import { z } from 'zod';
import { type DeviceId, maximumDeviceId } from '../../identity/ids.ts';

// Fields that several messages share, each with its bounds.

export const maximumDevices = 65_536;

export const deviceId = z
  .int()
  .min(0)
  .max(maximumDeviceId)
  .transform((value) => value as DeviceId);

export const sequence = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

export const frontierEntries = z.array(z.tuple([deviceId, sequence])).max(maximumDevices);

export const fileNumber = z.int().min(1).max(Number.MAX_SAFE_INTEGER);

export const bytes = z.instanceof(Uint8Array).transform(asBuffer);

export function asBuffer(value: Uint8Array): Buffer {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
