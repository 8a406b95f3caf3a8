import { hashLength } from '../../crypto/hash.ts';
import type { DeviceId } from '../../identity/ids.ts';
import { noHash } from '../codec/batch.ts';
import { baseKey } from '../tables/global-key.ts';
import type { Rows } from '../tables/rows.ts';
import {
  type CheckpointDevice,
  type CheckpointHeader,
  decodeHeader,
  encodeHeader,
} from './header.ts';

/** The checkpoint that everything here continues. */
export interface Base {
  readonly hash: Buffer;
  readonly header: CheckpointHeader;
}

/** Within a transaction. */
export function writeBase(rows: Rows, { hash, header }: Base): void {
  rows.put(baseKey, Buffer.concat([hash, encodeHeader(header)]));
}

export function readBase(rows: Rows): Base | undefined {
  const bytes = rows.get(baseKey);
  if (!bytes) return undefined;
  const hash = Buffer.from(bytes.subarray(0, hashLength));
  return { hash, header: decodeHeader(bytes.subarray(hashLength)) };
}

/** 0 when nothing was ever folded. */
export function thresholdOf(base: Base | undefined): number {
  return base?.header.threshold ?? 0;
}

export function hashOf(base: Base | undefined): Buffer {
  return base?.hash ?? noHash;
}

export function deviceIn(base: Base | undefined, device: DeviceId): CheckpointDevice | undefined {
  return base?.header.devices.find((each) => each.device === device);
}

/** How far a device is known to have seen others' logs by its being a member, and by what it said besides. */
export function seenAtBase({ header }: Base, of: CheckpointDevice): Map<DeviceId, number> {
  const seen = new Map<DeviceId, number>();
  if (of.isMember) {
    for (const { device, folded } of header.devices) {
      if (device !== of.device && folded > 0) seen.set(device, folded);
    }
  }
  for (const [device, sequence] of of.seen) {
    seen.set(device, Math.max(sequence, seen.get(device) ?? 0));
  }
  return seen;
}
