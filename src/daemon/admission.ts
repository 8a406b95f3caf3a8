import type { InvitationReply, SignReply } from '../control/daemon-control.ts';
import { openAuthority } from '../identity/authority.ts';
import { createEnrolmentDesk, type EnrolmentDesk } from '../identity/enrolment-desk.ts';
import type { HomeIdentity } from '../identity/home-identity.ts';
import { type Invitations, openInvitations } from '../identity/invitations.ts';
import { isUserName, userNameRule } from '../identity/names.ts';
import { signRequestFile } from '../identity/offline.ts';
import { formatToken, maximumTokenAddresses } from '../identity/token.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { HomePaths } from '../storage/data-directory-paths.ts';
import type { Disk } from '../storage/disk.ts';
import { ExpectedFailure } from '../util/expected-failure.ts';

/** Lets others into the network; only the daemon in whose home the authority's key is can. */
export interface Admission {
  readonly desk: EnrolmentDesk;
  invite(user: string, validMs: number): InvitationReply;
  sign(requestText: string, user: string | null, validMs: number): Promise<SignReply>;
}

export interface AdmissionOptions {
  readonly paths: HomePaths;
  readonly identity: HomeIdentity;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  /** `host:port` at which this peer can be reached. */
  readonly addresses: () => readonly string[];
}

/** Undefined where the authority's key is not. */
export function openAdmission(options: AdmissionOptions): Admission | undefined {
  const { paths, identity, disk, clock } = options;
  if (!identity.holdsAuthority) return undefined;
  const authority = openAuthority(paths, disk, clock);
  const invitations = openInvitations(paths.invitations, disk);
  return {
    desk: createEnrolmentDesk({ ...options, authority, invitations }),
    invite: (user, validMs) => invite(options, invitations, user, validMs),
    sign: (requestText, expectedUser, validMs) =>
      signRequestFile(authority, requestText, { expectedUser, validMs }),
  };
}

function invite(
  { identity, clock, addresses }: AdmissionOptions,
  invitations: Invitations,
  user: string,
  validMs: number,
): InvitationReply {
  if (!isUserName(user)) {
    throw new ExpectedFailure('usage', `"${user}" cannot be a user: a name is ${userNameRule}.`);
  }
  const expiresAtMs = clock.nowMs() + validMs;
  const { network, flavour, networkId: authorityFingerprint } = identity;
  const secret = invitations.create(user, expiresAtMs, clock.nowMs());
  const reachable = addresses().slice(0, maximumTokenAddresses);
  const token = formatToken({
    ...{ network, flavour, user, authorityFingerprint, addresses: reachable, secret },
  });
  return { token, user, expiresAtMs };
}
