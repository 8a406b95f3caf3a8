import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { writeFileAtomically } from '../storage/data-directory-write.ts';
import type { Disk } from '../storage/disk.ts';
import { ExpectedFailure } from '../util/expected-failure.ts';
import type { Refused } from './certificate.ts';
import { secretLength } from './token.ts';

/** Who may join without anybody at the keyboard here. Kept in a file, so that an invitation survives a restart. */
export interface Invitations {
  /** Returns the secret, which is kept nowhere: the file has its hash. */
  create(user: string, expiresAtMs: number, nowMs: number): Buffer;
  /** Burns the invitation: when this returns undefined it is used, also after a crash. */
  redeem(secret: Buffer, user: string, nowMs: number): Refused | undefined;
}

/** How long an invitation is valid unless somebody says otherwise. */
export const defaultInvitationMs = 24 * 60 * 60 * 1000;

/** How long a used or expired invitation is remembered, so that who comes late reads why. */
const rememberedMs = 30 * 24 * 60 * 60 * 1000;

/** Open and remembered ones: the file is written whole each time. */
const maximumInvitations = 1000;

const entryForm = z.object({
  /** SHA-256 of the secret, in hex. */
  secretHash: z.string().length(64),
  user: z.string(),
  expiresAtMs: z.number(),
  usedAtMs: z.number().nullable(),
});

const fileForm = z.object({ invitations: z.literal(1), entries: z.array(entryForm) });

type Entry = z.infer<typeof entryForm>;

/** The caller holds the home's lock. Throws an ExpectedFailure when the file is damaged. */
export function openInvitations(path: string, disk: Disk): Invitations {
  let entries = readEntries(path);
  const save = (changed: Entry[]): void => {
    const file = { invitations: 1, entries: changed };
    writeFileAtomically(disk, 'invitations', path, `${JSON.stringify(file, null, 2)}\n`);
    entries = changed;
  };
  return {
    create(user, expiresAtMs, nowMs) {
      const kept = entries.filter((entry) => entry.expiresAtMs > nowMs - rememberedMs);
      if (kept.length >= maximumInvitations) throw tooMany();
      const secret = randomBytes(secretLength);
      save([...kept, { secretHash: hashOf(secret), user, expiresAtMs, usedAtMs: null }]);
      return secret;
    },
    redeem(secret, user, nowMs) {
      const used = find(entries, secret);
      const refused = objection(used, user, nowMs);
      if (refused !== undefined || used === undefined) return refused;
      save(entries.with(entries.indexOf(used), { ...used, usedAtMs: nowMs }));
      return undefined;
    },
  };
}

function objection(entry: Entry | undefined, user: string, nowMs: number): Refused | undefined {
  if (entry === undefined) return { refused: 'this invitation is not known here' };
  if (entry.usedAtMs !== null) {
    return { refused: `this invitation was used already, at ${minute(entry.usedAtMs)}` };
  }
  if (nowMs > entry.expiresAtMs) {
    return { refused: `this invitation expired at ${minute(entry.expiresAtMs)}` };
  }
  if (entry.user !== user) return { refused: `this invitation is not for ${user}` };
  return undefined;
}

// The hash is what is compared, so the time that takes says nothing about the secret.
function find(entries: readonly Entry[], secret: Buffer): Entry | undefined {
  const secretHash = hashOf(secret);
  return entries.find((entry) => entry.secretHash === secretHash);
}

function readEntries(path: string): Entry[] {
  if (!existsSync(path)) return [];
  try {
    return fileForm.parse(JSON.parse(readFileSync(path, 'utf8'))).entries;
  } catch {
    throw new ExpectedFailure(
      'machine',
      `${path} is damaged; remove it, and invite those again who have not joined yet.`,
    );
  }
}

function tooMany(): ExpectedFailure {
  return new ExpectedFailure(
    'refused',
    `There are ${maximumInvitations} invitations of the last 30 days already; wait until some are forgotten.`,
  );
}

function hashOf(secret: Buffer): string {
  return createHash('sha256').update(secret).digest('hex');
}

function minute(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
