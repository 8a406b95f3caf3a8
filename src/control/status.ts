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
  connectedPeers: z.number(),
  /** Operations performed here that no other peer has said it has: what only this machine knows. */
  pendingOperations: z.number(),
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
  /** Memory of the daemon. */
  residentBytes: z.number(),
});

export type Status = z.infer<typeof statusSchema>;

export const peerSchema = z.object({
  device: z.number(),
  user: z.string(),
  uid: z.number(),
  connected: z.boolean(),
  /** Where it is connected, or else where it was last known. */
  addresses: z.array(z.string()),
  /** Null while not connected. */
  roundTripMs: z.number().nullable(),
  receivedBytes: z.number(),
  sentBytes: z.number(),
});

/** A peer that is connected or was. */
export type PeerStatus = z.infer<typeof peerSchema>;
