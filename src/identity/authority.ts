import { createPrivateKey, createPublicKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { HomePaths } from '../storage/data-directory-paths.ts';
import type { Disk } from '../storage/disk.ts';
import type { Flavour } from '../config/flavours.ts';
import type { Clock } from '../platform/clock.ts';
import { ExpectedFailure } from '../util/expected-failure.ts';
import { verifyPeerCertificate, type PeerCertificate, type Refused } from './certificate.ts';
import type { CertificateRequest } from './certificate-request.ts';
import { keyFingerprint } from './device-key.ts';
import { issueDeviceCertificate } from './issue-certificate.ts';
import { openRegister, type Register } from './register.ts';
import { signingAlgorithm } from './web-keys.ts';

/** Admits devices to the network. There is one, on the machine that has the authority's key. */
export interface Authority {
  readonly network: string;
  readonly flavour: Flavour;
  readonly certificate: X509Certificate;
  /**
   * Issues a certificate to the maker of a checked request, or says why not. That the requester is who he says must have been
   * established before: by an invitation, or by the person who signs.
   */
  issue(request: CertificateRequest, validMs: number): Promise<PeerCertificate | Refused>;
}

const dayMs = 24 * 60 * 60 * 1000;

/** How long a device's certificate is valid unless somebody says otherwise. */
export const defaultValidityMs = 365 * dayMs;

/** A network outlives its machines; its members' certificates are what expires. */
export const authorityValidityMs = 20 * 365 * dayMs;

/** Certificates begin in the past, so that a peer whose clock is behind does not refuse them. */
export const backdatingMs = 60 * 60 * 1000;

/** The caller holds the home's lock as long as it uses the authority. Throws an ExpectedFailure when this home has none. */
export function openAuthority(paths: HomePaths, disk: Disk, clock: Clock): Authority {
  const certificate = new X509Certificate(readFileSync(paths.authorityCertificate));
  const privateKey = readAuthorityKey(readKeyFile(paths), certificate);
  return createAuthority({ certificate, privateKey }, openRegister(paths.register, disk), clock);
}

/** Throws an ExpectedFailure unless `pem` is a key that can sign and belongs to the certificate. */
export function readAuthorityKey(pem: string, certificate: X509Certificate): KeyObject {
  const privateKey = parseKey(pem);
  if (privateKey === undefined || signingAlgorithm(privateKey) === undefined) {
    throw new ExpectedFailure(
      'usage',
      "The authority's key cannot be read: it must be an unencrypted Ed25519, ECDSA (P-256, P-384, P-521) or RSA key in PEM.",
    );
  }
  if (!certificate.ca || !createPublicKey(privateKey).equals(certificate.publicKey)) {
    throw new ExpectedFailure(
      'usage',
      "The authority's key and certificate do not belong together.",
    );
  }
  return privateKey;
}

/** The authority whose key and memory these are. */
export function createAuthority(
  signer: { readonly certificate: X509Certificate; readonly privateKey: KeyObject },
  register: Register,
  clock: Clock,
): Authority {
  const { network, flavour } = register;
  return {
    network,
    flavour,
    certificate: signer.certificate,
    async issue(request, validMs) {
      if (request.network !== network) {
        return { refused: `the request is for network ${request.network}, this is ${network}` };
      }
      const nowMs = clock.nowMs();
      const numbers = register.assign(
        { ...request, key: keyFingerprint(request.publicKey) },
        nowMs,
      );
      if ('refused' in numbers) return numbers;
      const validity = validityWithin(signer.certificate, nowMs, validMs);
      const subject = { network, user: request.user, uid: numbers.uid, device: numbers.device };
      const der = await issueDeviceCertificate(signer, subject, request.publicKey, validity);
      const issued = verifyPeerCertificate(der, signer.certificate, nowMs);
      if (!('refused' in issued)) register.noteIssued(issued, nowMs);
      return issued;
    },
  };
}

/** A certificate that outlasted its authority would promise what nobody accepts. */
function validityWithin(authority: X509Certificate, nowMs: number, validMs: number) {
  return {
    notBeforeMs: Math.max(nowMs - backdatingMs, authority.validFromDate.getTime()),
    notAfterMs: Math.min(nowMs + validMs, authority.validToDate.getTime()),
  };
}

function parseKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
}

function readKeyFile(paths: HomePaths): string {
  try {
    return readFileSync(paths.authorityKey, 'utf8');
  } catch {
    throw new ExpectedFailure(
      'refused',
      "This machine does not hold the network's authority key; invite and sign on the machine that does.",
    );
  }
}
