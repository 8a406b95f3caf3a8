import { X509Certificate, type KeyObject } from 'node:crypto';
import { parseSubjectUri, type Subject } from './subject-uri.ts';

// Judges certificates with node:crypto alone, without state, so that it also runs in the network's worker threads.

/** What a device's certificate says. Only worth as much as the check that it came from. */
export interface PeerCertificate extends Subject {
  /** Ed25519. Checks the device's batches and its TLS handshakes. */
  readonly publicKey: KeyObject;
  /** SHA-256 of the DER, in lower-case hex. */
  readonly fingerprint: string;
  /** Milliseconds since 1970; both ends are inside. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly der: Buffer;
}

/** The reason, as a clause: "the certificate expired on ...". */
export interface Refused {
  readonly refused: string;
}

/** Longest certificate that is looked at: ours have about 500 bytes, openssl's with RSA signatures and notes stay below 4 KiB. */
export const maximumCertificateBytes = 8192;

const serverAuthentication = '1.3.6.1.5.5.7.3.1';
const clientAuthentication = '1.3.6.1.5.5.7.3.2';

/** The device's certificate when `authority` issued it for a peer of its network and it is valid now. */
export function verifyPeerCertificate(
  certificateDer: Buffer,
  authority: X509Certificate,
  nowMs: number,
): PeerCertificate | Refused {
  const certificate = verifyPeerCertificateAtAnyTime(certificateDer, authority);
  return 'refused' in certificate ? certificate : whenValid(certificate, nowMs);
}

/** The same without regard to time: for batches that a device signed while its certificate was valid. */
export function verifyPeerCertificateAtAnyTime(
  certificateDer: Buffer,
  authority: X509Certificate,
): PeerCertificate | Refused {
  const certificate = parse(certificateDer);
  if ('refused' in certificate) return certificate;
  if (!isIssuedBy(certificate, authority)) {
    return { refused: 'the certificate was not issued by the authority of this network' };
  }
  return infoOf(certificate);
}

/** What a certificate says about itself, or why it is none of a peer. Does not ask who issued it, nor when. */
export function certificateInfo(certificateDer: Buffer): PeerCertificate | Refused {
  const certificate = parse(certificateDer);
  return 'refused' in certificate ? certificate : infoOf(certificate);
}

/** SHA-256 of a certificate's DER, in lower-case hex. Of the authority's certificate, it is the network's id. */
export function certificateFingerprint(certificate: X509Certificate): string {
  return certificate.fingerprint256.replaceAll(':', '').toLowerCase();
}

function parse(der: Buffer): X509Certificate | Refused {
  const malformed = { refused: 'the certificate cannot be read' };
  if (der.length > maximumCertificateBytes) return malformed;
  try {
    const certificate = new X509Certificate(der);
    // Anything after the certificate, or PEM in place of DER, would give one certificate several fingerprints.
    return certificate.raw.equals(der) ? certificate : malformed;
  } catch {
    return malformed;
  }
}

function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  try {
    return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
  } catch {
    return false;
  }
}

function infoOf(certificate: X509Certificate): PeerCertificate | Refused {
  const refused = wrongPurpose(certificate);
  if (refused !== undefined) return { refused };
  const subject = subjectOf(certificate);
  if (subject === undefined) {
    return { refused: 'the certificate does not name exactly one device of a Peerfuse network' };
  }
  return {
    ...subject,
    publicKey: certificate.publicKey,
    fingerprint: certificateFingerprint(certificate),
    notBeforeMs: certificate.validFromDate.getTime(),
    notAfterMs: certificate.validToDate.getTime(),
    der: certificate.raw,
  };
}

function wrongPurpose(certificate: X509Certificate): string | undefined {
  if (certificate.ca) return "the certificate is an authority's, not a device's";
  const purposes = certificate.keyUsage ?? [];
  if (!purposes.includes(serverAuthentication) || !purposes.includes(clientAuthentication)) {
    return 'the certificate is for another purpose: it must allow both TLS server and TLS client';
  }
  if (certificate.publicKey.asymmetricKeyType !== 'ed25519') {
    return "the certificate's key is not an Ed25519 key";
  }
  return undefined;
}

function subjectOf(certificate: X509Certificate): Subject | undefined {
  // Node quotes a name that holds a comma, which none of ours does, so splitting cannot make one name out of a part of another.
  const names = (certificate.subjectAltName ?? '').split(', ');
  const [uri, ...more] = names.filter((name) => name.startsWith('URI:peerfuse:'));
  return uri === undefined || more.length > 0 ? undefined : parseSubjectUri(uri.slice(4));
}

/** One that begins in the future was issued by the authority all the same: only one of two clocks is wrong, and a link tells which. */
function whenValid(certificate: PeerCertificate, nowMs: number): PeerCertificate | Refused {
  if (nowMs > certificate.notAfterMs) {
    return { refused: `the certificate expired on ${day(certificate.notAfterMs)}` };
  }
  return certificate;
}

function day(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
