import { createPublicKey, X509Certificate } from 'node:crypto';
import {
  certificateFingerprint,
  verifyPeerCertificate,
  type PeerCertificate,
  type Refused,
} from './certificate.ts';
import { createCertificateRequest } from './certificate-request.ts';
import type { DeviceKey } from './device-key.ts';
import { decodeEnrolmentAnswer, encodeEnrolmentRequest } from './enrolment-messages.ts';
import type { Token } from './token.ts';

// The side of enrolment that wants to join. The transport between them is the network's.

/** What membership consists of, beside the private key. */
export interface Membership {
  readonly certificate: PeerCertificate;
  readonly authority: X509Certificate;
  /** `host:port` of peers to connect to. */
  readonly addresses: readonly string[];
}

/** Asks for what the token promises. `preferredUid` is the number that the person has on this machine. */
export async function makeEnrolmentRequest(
  token: Token,
  key: DeviceKey,
  preferredUid: number,
): Promise<Buffer> {
  const { network, user, secret } = token;
  const certificateRequest = await createCertificateRequest(key.privateKey, {
    ...{ network, user, preferredUid },
  });
  return encodeEnrolmentRequest({ secret, certificateRequest });
}

/** Believes an answer only when it is exactly what was asked for: this key, this user, this authority. */
export function acceptEnrolmentAnswer(
  answer: Buffer,
  token: Token,
  key: DeviceKey,
  nowMs: number,
): Membership | Refused {
  const decoded = decodeEnrolmentAnswer(answer);
  if (decoded === undefined) return { refused: 'the answer cannot be read' };
  if (decoded.kind === 'refused') return { refused: decoded.reason };
  const authority = parseAuthority(decoded.authority);
  if (authority === undefined || certificateFingerprint(authority) !== token.authorityFingerprint) {
    return { refused: 'the answer comes from another network than the token names' };
  }
  const certificate = verifyPeerCertificate(decoded.certificate, authority, nowMs);
  if ('refused' in certificate) return certificate;
  const refused = notAsAsked(certificate, token, key);
  return refused ?? { certificate, authority, addresses: decoded.addresses };
}

function notAsAsked(
  certificate: PeerCertificate,
  token: Token,
  key: DeviceKey,
): Refused | undefined {
  if (!certificate.publicKey.equals(createPublicKey(key.privateKey))) {
    return { refused: 'the certificate is for another key' };
  }
  if (certificate.network !== token.network || certificate.user !== token.user) {
    return { refused: 'the certificate is for somebody else' };
  }
  return undefined;
}

function parseAuthority(der: Buffer): X509Certificate | undefined {
  try {
    const authority = new X509Certificate(der);
    return authority.ca ? authority : undefined;
  } catch {
    return undefined;
  }
}
