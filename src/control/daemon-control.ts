import { z } from 'zod';
import type { ConflictReply } from './conflicts.ts';
import type { PeerStatus, Status, TransferStatus } from './status.ts';

/**
 * What the local API asks of the daemon, which implements it. A method that cannot do what it is asked throws or rejects with an
 * ExpectedFailure, whose sentence the user is shown; anything else is a bug and logged as one.
 */
export interface DaemonControl {
  status(): Status | Promise<Status>;
  peers(): readonly PeerStatus[];
  /** Cheap enough to be asked several times a second. */
  transfers(): readonly TransferStatus[];
  /** Rejects (`refused`) where the authority's key is not. */
  invite(user: string, validMs: number): Promise<InvitationReply>;
  /** Signs a certificate request that came as a file; `user` null accepts the name in it. Rejects where the authority's key is not. */
  sign(requestText: string, user: string | null, validMs: number): Promise<SignReply>;
  /** Reads config.toml again; returns the names of changed settings that need a restart. */
  reload(): Promise<ReloadReply>;
  /** Looks for inconsistencies in the tree and the store. */
  check(): Promise<CheckReply>;
  conflicts(): Promise<readonly ConflictReply[]>;
  /** The one that the thing at the path is in; rejects (`missing`) when there is none. */
  conflict(path: string): Promise<ConflictReply>;
  /** What is at the path becomes the one and only under the name that is disputed; answers what was settled. */
  takeInConflict(path: string): Promise<ConflictReply>;
  /** What stands beside the name becomes ordinary: all of it when the path is the name itself. */
  keepBothInConflict(path: string): Promise<ConflictReply>;
  /** Resolves when nothing is mounted any more; rejects (`refused`) while it is in use. The server then calls `stop`. */
  umount(): Promise<void>;
  /** Leaves cleanly and ends the process. Called once its answer has been sent. */
  stop(): Promise<void>;
}

/** Longest validity of anything that is given out: the authority does not live longer. */
const maximumValidMs = 20 * 366 * 24 * 60 * 60 * 1000;

const validMs = z.number().int().min(1000).max(maximumValidMs);

export const inviteRequestSchema = z.object({ user: z.string().max(256), validMs });
export const inviteReplySchema = z.object({
  token: z.string(),
  user: z.string(),
  expiresAtMs: z.number(),
});
export type InvitationReply = z.infer<typeof inviteReplySchema>;

export const signRequestSchema = z.object({
  requestText: z.string(),
  user: z.string().max(256).nullable(),
  validMs,
});
export const signReplySchema = z.object({
  /** The certificate and the authority's, in PEM. */
  answerText: z.string(),
  user: z.string(),
  uid: z.number(),
  device: z.number(),
  expiresAtMs: z.number(),
});
export type SignReply = z.infer<typeof signReplySchema>;

export const reloadReplySchema = z.object({ needRestart: z.array(z.string()) });
export type ReloadReply = z.infer<typeof reloadReplySchema>;

export const checkReplySchema = z.object({
  inodes: z.number(),
  entries: z.number(),
  /** One sentence each; empty when all is well. */
  problems: z.array(z.string()),
});
export type CheckReply = z.infer<typeof checkReplySchema>;

/** How a failure crosses the socket. */
export const failureSchema = z.object({
  kind: z.enum(['usage', 'missing', 'refused', 'unreachable', 'exists', 'machine', 'bug']),
  message: z.string(),
});
