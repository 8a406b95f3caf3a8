import { generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto';
import { certificateFingerprint } from '../../src/identity/certificate.ts';
import type { DeviceId, UserId } from '../../src/identity/ids.ts';
import {
  issueAuthorityCertificate,
  issueDeviceCertificate,
} from '../../src/identity/issue-certificate.ts';
import type { PeerIdentity } from '../../src/network/link.ts';
import type { Credentials } from '../../src/network/transport/tls/worker-messages.ts';

const dayMs = 86_400_000;

/** A device's certificate and key as the network takes them. */
export interface TestDevice {
  readonly credentials: Credentials;
  readonly identity: PeerIdentity;
}

export interface TestAuthority {
  readonly certificate: X509Certificate;
  readonly privateKey: KeyObject;
  readonly fingerprint: string;
  issue(
    device: number,
    validity?: { notBeforeMs: number; notAfterMs: number },
  ): Promise<TestDevice>;
}

/** Certificates without homes, for tests of what only needs the certificates. */
export async function testAuthority(network = 'garden'): Promise<TestAuthority> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const der = await issueAuthorityCertificate(network, privateKey, validNow());
  const certificate = new X509Certificate(der);
  return {
    certificate,
    privateKey,
    fingerprint: certificateFingerprint(certificate),
    issue: (device, validity = validNow()) =>
      issue({ certificate, privateKey }, network, device, validity),
  };
}

async function issue(
  authority: { readonly certificate: X509Certificate; readonly privateKey: KeyObject },
  network: string,
  number: number,
  validity: { notBeforeMs: number; notAfterMs: number },
): Promise<TestDevice> {
  const keys = generateKeyPairSync('ed25519');
  const device = number as DeviceId;
  const uid = (20_000 + number) as UserId;
  const user = `user${number}`;
  const subject = { network, user, uid, device };
  const der = await issueDeviceCertificate(authority, subject, keys.publicKey, validity);
  const certificate = new X509Certificate(der);
  return {
    credentials: {
      certificatePem: certificate.toString(),
      privateKeyPem: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      authorityPem: authority.certificate.toString(),
    },
    identity: { device, user, uid, fingerprint: certificateFingerprint(certificate) },
  };
}

function validNow(): { notBeforeMs: number; notAfterMs: number } {
  return { notBeforeMs: Date.now() - dayMs, notAfterMs: Date.now() + dayMs };
}
