import { z } from 'zod';

// What the local API says of conflicts. Paths are from the network's root and begin with `/`; a path that is asked for may also be one
// under the mountpoint, or `inode:NUMBER` for a name that cannot be typed.

export const contenderSchema = z.object({
  path: z.string(),
  inode: z.number(),
  type: z.string(),
  /** It stands under the name that all of them want. */
  hasName: z.boolean(),
  /** `version`: of the file that has the name; `thing`: of its own. */
  kind: z.enum(['version', 'thing']),
  /** Who made the version; null for what has none. */
  user: z.string().nullable(),
  device: z.number().nullable(),
  /** When it was changed last, in milliseconds since 1970. */
  changedAtMs: z.number(),
  /** Bytes. */
  size: z.number(),
  /** Bytes of it on this disk. */
  residentBytes: z.number(),
  mode: z.number(),
  uid: z.number(),
  gid: z.number(),
});

export type ContenderReply = z.infer<typeof contenderSchema>;

export const conflictSchema = z.object({
  /** The name that is disputed. */
  path: z.string(),
  /** `versions`: of one file; `names`: several things of one name (of which one may have versions too). */
  kind: z.enum(['versions', 'names']),
  /** Who has the name comes first. */
  contenders: z.array(contenderSchema),
});

/** A name that more than one want. */
export type ConflictReply = z.infer<typeof conflictSchema>;

export const conflictRequestSchema = z.object({ path: z.string().max(65_536) });
