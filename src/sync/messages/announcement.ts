import { z } from 'zod';
import { decodeAs, encode } from './codec.ts';
import { deviceId, frontierEntries } from './fields.ts';
import type { DeviceId } from '../../identity/ids.ts';
import type { Frontier } from '../../metadata/replica.ts';

/** What a peer has, whom it is connected to, and whether it wants to be sent what it lacks. */
export interface Announcement {
  readonly frontier: Frontier;
  /** Peers that hear their news first-hand need not be told by us. */
  readonly connectedTo: readonly DeviceId[];
  readonly wants: boolean;
}

const format = z.tuple([frontierEntries, z.array(deviceId).max(4096), z.boolean()]);

export function encodeAnnouncement(announcement: Announcement): Uint8Array {
  const { frontier, connectedTo, wants } = announcement;
  return encode([[...frontier], connectedTo, wants]);
}

export function decodeAnnouncement(body: Buffer): Announcement {
  const [entries, connectedTo, wants] = decodeAs(format, body);
  return { frontier: new Map(entries), connectedTo, wants };
}
