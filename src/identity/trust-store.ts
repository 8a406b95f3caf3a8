import type { X509Certificate } from 'node:crypto';
import {
  certificateFingerprint,
  verifyPeerCertificate,
  type PeerCertificate,
  type Refused,
} from './certificate.ts';
import type { DeviceId } from './ids.ts';

/** Whom this peer believes: who has a certificate of the network's authority that nobody has revoked. */
export interface TrustStore {
  readonly authority: X509Certificate;
  /** SHA-256 of the authority's certificate, in hex: the network's id. */
  readonly networkId: string;
  verify(certificateDer: Buffer, nowMs: number): PeerCertificate | Refused;
  /** From now on the device is refused. */
  revoke(device: DeviceId): void;
}

export function createTrustStore(
  authority: X509Certificate,
  initiallyRevoked: Iterable<DeviceId> = [],
): TrustStore {
  const revoked = new Set(initiallyRevoked);
  return {
    authority,
    networkId: certificateFingerprint(authority),
    verify(certificateDer, nowMs) {
      const certificate = verifyPeerCertificate(certificateDer, authority, nowMs);
      if ('refused' in certificate || !revoked.has(certificate.device)) return certificate;
      return { refused: `device ${certificate.device} of ${certificate.user} was revoked` };
    },
    revoke: (device) => void revoked.add(device),
  };
}
