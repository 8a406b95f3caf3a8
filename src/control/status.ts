import { z } from 'zod';

// What a daemon says of itself over the local API. Times are milliseconds since 1970, sizes are bytes.

export const transferSchema = z.object({
  /** As seen in the tree; of a file with several names, one of them. */
  path: z.string(),
  size: z.number(),
  residentBytes: z.number(),
  /** Bytes received for this file since it was opened here, by the peer's name. */
  bytesByPeer: z.record(z.string(), z.number()),
});

/** A file that is being fetched. */
export type TransferStatus = z.infer<typeof transferSchema>;

export const clockSchema = z.object({
  /** This machine's clock less the median of its peers'; null while no peer was ever asked. */
  aheadMs: z.number().nullable(),
  /** What is added to this machine's clock for the times of new operations. */
  correctionMs: z.number(),
  /** How far the last operation made here is ahead of the present; 0 unless others make it wait. */
  stampsAheadMs: z.number(),
  /** What the clocks of peers show, less this machine's. */
  peers: z.array(z.object({ device: z.number(), user: z.string(), aheadMs: z.number() })),
});

export type ClockStatus = z.infer<typeof clockSchema>;

export const parkedSchema = z.object({
  device: z.number(),
  user: z.string(),
  operations: z.number(),
  /** When the last of them is due. */
  untilMs: z.number(),
});

/** Operations of a device that wait because their time has not come. */
export type ParkedStatus = z.infer<typeof parkedSchema>;

export const quarantinedSchema = z.object({
  device: z.number(),
  user: z.string(),
  /** The batch of which there are two. */
  sequence: z.number(),
  sinceMs: z.number(),
  isThisDevice: z.boolean(),
});

/** A device that signed two histories: nothing more is taken from it. */
export type QuarantinedStatus = z.infer<typeof quarantinedSchema>;

export const refusedSchema = z.object({
  kind: z.string(),
  /** Whose batch it is, or says to be. */
  device: z.number().nullable(),
  /** Who sent it. */
  from: z.number().nullable(),
  reason: z.string(),
  count: z.number(),
  firstMs: z.number(),
  lastMs: z.number(),
});

export const mergeSchema = z.object({
  merged: z.number(),
  total: z.number(),
  /** Operations that were undone, to be done again. */
  undone: z.number(),
  sinceMs: z.number(),
});

/** What the user of this device did and had no right to any more: kept for him in a folder of the home. */
export const rescuedSchema = z.object({
  directory: z.string(),
  /** Files that are there now. */
  files: z.number(),
  /** Other changes, which a list there names. */
  changes: z.number(),
  /** The last of these, as sentences with their times. */
  lastChanges: z.array(z.string()),
});

export const checkpointSchema = z.object({
  /** What is older is folded away; null before the first checkpoint. */
  threshold: z.number().nullable(),
  /** Operations in the logs that are not folded. */
  operationsSince: z.number(),
  /** What the next one waits for, as a clause; null when none is due. */
  waitsFor: z.string().nullable(),
  /** Devices that have been away for too long, without which there are too few to fold anything. */
  absent: z.array(z.number()),
  /** Why this peer does not fold what the others do, as a sentence. */
  problem: z.string().nullable(),
  /** Operations done while this device was away for too long that wait for what they refer to. */
  belated: z.number(),
});

export const passthroughSchema = z.object({
  inUse: z.boolean(),
  /** As a clause; null when it is in use. */
  whyNot: z.string().nullable(),
});

/** Whether the kernel reads large files of the mount by itself. */
export type PassthroughStatus = z.infer<typeof passthroughSchema>;

export const locksSchema = z.object({
  /** Ranges of bytes that programs here hold. */
  held: z.number(),
  /** Programs here that wait for a lock. */
  waiting: z.number(),
  /** Peers that respect them, this one included: 1 is nobody else. */
  amongPeers: z.number(),
  /** Peers that have not said yet what they hold; nobody gets a lock before. */
  awaitedPeers: z.number(),
  /** Files of which a program here and one on another device hold locks against each other, since both took them while apart. */
  contested: z.array(z.object({ path: z.string(), device: z.number() })),
});

export type LocksStatus = z.infer<typeof locksSchema>;

export const statusSchema = z.object({
  pid: z.number(),
  version: z.string(),
  home: z.string(),
  startedAtMs: z.number(),
  network: z.string(),
  /** SHA-256 of the authority's certificate, in hex. */
  networkId: z.string(),
  flavour: z.enum(['net', 'lan']),
  user: z.string(),
  uid: z.number(),
  device: z.number(),
  certificateExpiresAtMs: z.number(),
  /** Whether this peer can invite. */
  holdsAuthority: z.boolean(),
  /** `host:port`, with the ports that were chosen. */
  listen: z.array(z.string()),
  /** Null for a daemon without a mount. */
  mountpoint: z.string().nullable(),
  /** Of that mount; null without one. */
  passthrough: passthroughSchema.nullable(),
  connectedPeers: z.number(),
  /** When the last peer was connected; null while one is. */
  aloneSinceMs: z.number().nullable(),
  /** Operations performed here that no other peer has said it has: what only this machine knows. */
  pendingOperations: z.number(),
  /** When the first of them was performed; null when there is none. */
  pendingSinceMs: z.number().nullable(),
  unsynced: z.object({
    /** Operations that are not in the signed log yet. */
    unsealedOperations: z.number(),
    /** Files with changes that no published version has. */
    unpublishedFiles: z.number(),
  }),
  transfers: z.array(transferSchema),
  /** Block bytes over the network since the start. */
  traffic: z.object({ receivedBytes: z.number(), sentBytes: z.number() }),
  tree: z.object({ inodes: z.number(), entries: z.number() }),
  /** How many batches of each device's log are here, by the device's number: equal on peers that know the same. */
  frontier: z.record(z.string(), z.number()),
  /** The merge that is going on; null when there is none. */
  merge: mergeSchema.nullable(),
  checkpoint: checkpointSchema,
  locks: locksSchema,
  /** Entries that stand beside what they wanted to be; `peerfuse conflicts` lists them. */
  conflicts: z.number(),
  rescued: rescuedSchema,
  clock: clockSchema,
  parked: z.array(parkedSchema),
  quarantined: z.array(quarantinedSchema),
  /** Batches that were refused, by kind, device and sender, the newest first. */
  refused: z.array(refusedSchema),
  /** What a person should know of: one sentence each, the most urgent first. */
  concerns: z.array(z.string()),
  /** Memory of the daemon. */
  residentBytes: z.number(),
});

export type Status = z.infer<typeof statusSchema>;

export const peerSchema = z.object({
  device: z.number(),
  user: z.string(),
  uid: z.number(),
  connected: z.boolean(),
  /** Since when it is connected, or is not. */
  sinceMs: z.number(),
  /** Why it is not connected, as a clause. */
  lastError: z.string().nullable(),
  /** Its clock less this machine's; null when it was never asked. */
  clockAheadMs: z.number().nullable(),
  /** It signed two histories: nothing more is taken from it. */
  isQuarantined: z.boolean(),
  /** Where it is connected, or else where it was last known. */
  addresses: z.array(z.string()),
  /** Null while not connected. */
  roundTripMs: z.number().nullable(),
  receivedBytes: z.number(),
  sentBytes: z.number(),
});

/** A peer that is connected or was. */
export type PeerStatus = z.infer<typeof peerSchema>;
