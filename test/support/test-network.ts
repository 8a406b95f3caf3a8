import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Flavour } from '../../src/config/flavours.ts';
import { openAuthority, type Authority } from '../../src/identity/authority.ts';
import {
  createCertificateRequest,
  readCertificateRequest,
} from '../../src/identity/certificate-request.ts';
import { defaultValidityMs } from '../../src/identity/authority.ts';
import { createDeviceKey } from '../../src/identity/device-key.ts';
import { foundNetwork } from '../../src/identity/found-network.ts';
import { loadIdentity, type HomeIdentity } from '../../src/identity/home-identity.ts';
import { membershipFiles } from '../../src/identity/membership-files.ts';
import { systemClock, type Clock } from '../../src/platform/clock.ts';
import { createHome } from '../../src/storage/data-directory-create.ts';
import { homePaths, type HomePaths } from '../../src/storage/data-directory-paths.ts';
import { realDisk } from '../../src/storage/disk.ts';

export interface TestMember {
  readonly paths: HomePaths;
  readonly identity: HomeIdentity;
}

/** A real authority and members with real certificates in temporary homes. Disposing of it removes them. */
export interface TestNetwork extends Disposable {
  readonly directory: string;
  readonly authority: Authority;
  /** In the order of `users`; the first holds the authority's key. */
  readonly members: readonly TestMember[];
  /** Admits one more device; the same user twice is a second device of his. */
  admit(user: string): Promise<TestMember>;
}

export async function testNetwork(
  users: readonly [string, ...string[]],
  {
    network = 'garden',
    flavour = 'net',
    clock = systemClock,
  }: { network?: string; flavour?: Flavour; clock?: Clock } = {},
): Promise<TestNetwork> {
  const directory = mkdtempSync(join(tmpdir(), 'peerfuse-network-'));
  const members: TestMember[] = [];
  const addHome = (files: Parameters<typeof createHome>[1]): TestMember => {
    const paths = homePaths(join(directory, `home${members.length + 1}`));
    createHome(paths.home, files, realDisk);
    const member = { paths, identity: loadIdentity(paths) };
    members.push(member);
    return member;
  };
  const [first, ...others] = users;
  const founder = addHome(
    await foundNetwork({ network, flavour, user: first, preferredUid: 0 }, clock),
  );
  const authority = openAuthority(founder.paths, realDisk, clock);
  const admit = async (user: string): Promise<TestMember> =>
    addHome(await admittedFiles(authority, user));
  for (const user of others) await admit(user);
  return {
    directory,
    authority,
    members,
    admit,
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}

async function admittedFiles(authority: Authority, user: string) {
  const key = createDeviceKey();
  const requested = { network: authority.network, user, preferredUid: 0 };
  const request = await readCertificateRequest(
    await createCertificateRequest(key.privateKey, requested),
  );
  if ('refused' in request) throw new Error(request.refused);
  const certificate = await authority.issue(request, defaultValidityMs);
  if ('refused' in certificate) throw new Error(certificate.refused);
  return membershipFiles({ key, certificate, authority: authority.certificate });
}
