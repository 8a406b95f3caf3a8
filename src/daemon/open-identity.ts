import type { Clock } from '../platform/clock.ts';
import { type HomeIdentity, loadIdentity, requireValidNow } from '../identity/home-identity.ts';
import { toPem } from '../identity/pem.ts';
import type { PeerIdentity } from '../network/link.ts';
import type { PeerNetworkOptions } from '../network/open-peer-network.ts';
import type { HomePaths } from '../storage/data-directory-paths.ts';

/** Who this peer is. Throws an ExpectedFailure when nobody would believe it. */
export function openIdentity(paths: HomePaths, clock: Clock): HomeIdentity {
  const identity = loadIdentity(paths);
  requireValidNow(identity, clock.nowMs());
  return identity;
}

/** The same as the network layer wants it. */
export function peerIdentity({ certificate }: HomeIdentity): PeerIdentity {
  const { device, user, uid, fingerprint } = certificate;
  return { device, user, uid, fingerprint };
}

export function tlsCredentials(identity: HomeIdentity): PeerNetworkOptions['credentials'] {
  const { certificate, authority, key } = identity;
  return {
    certificatePem: toPem('CERTIFICATE', certificate.der),
    authorityPem: toPem('CERTIFICATE', authority.raw),
    privateKeyPem: key.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}
