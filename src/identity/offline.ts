import { X509Certificate, type KeyObject } from 'node:crypto';
import type { Authority } from './authority.ts';
import { verifyPeerCertificate, type PeerCertificate, type Refused } from './certificate.ts';
import { readCertificateRequest, type CertificateRequest } from './certificate-request.ts';
import { ExpectedFailure } from '../util/expected-failure.ts';
import { fromPem, maximumPemBytes, toPem } from './pem.ts';

// Enrolment by files that people carry: a request in PEM one way, the certificate with its authority's in PEM the other way.

/** What the person who signed is told, and the text to carry back. */
export interface SignedAnswer {
  /** The certificate and the authority's, in PEM. */
  readonly answerText: string;
  readonly user: string;
  readonly uid: number;
  readonly device: number;
  readonly expiresAtMs: number;
}

/**
 * Signs a request file. The person who signs vouches for the user's name in it, which `expectedUser` repeats unless null.
 * Rejects with an ExpectedFailure when the request cannot be granted.
 */
export async function signRequestFile(
  authority: Authority,
  requestText: string,
  { expectedUser, validMs }: { readonly expectedUser: string | null; readonly validMs: number },
): Promise<SignedAnswer> {
  const request = await readRequestText(requestText);
  const wrongUser =
    expectedUser !== null && !('refused' in request) && request.user !== expectedUser;
  if (wrongUser) throw notSigned(`the request is for user ${request.user}, not ${expectedUser}`);
  const certificate = 'refused' in request ? request : await authority.issue(request, validMs);
  if ('refused' in certificate) throw notSigned(certificate.refused);
  const { user, uid, device, notAfterMs: expiresAtMs } = certificate;
  const answer = [certificate.der, authority.certificate.raw];
  const answerText = answer.map((der) => toPem('CERTIFICATE', der)).join('');
  return { answerText, user, uid, device, expiresAtMs };
}

function readRequestText(text: string): Promise<CertificateRequest | Refused> {
  const [der, ...more] = pemBlocks('CERTIFICATE REQUEST', text);
  if (der !== undefined && more.length === 0) return readCertificateRequest(der);
  return Promise.resolve({
    refused: 'the file does not hold exactly one certificate request in PEM',
  });
}

function notSigned(reason: string): ExpectedFailure {
  return new ExpectedFailure('refused', `Nothing was signed: ${reason}.`);
}

export interface Imported {
  readonly certificate: PeerCertificate;
  readonly authority: X509Certificate;
}

/**
 * Finds in these texts the certificate for this device's key and the authority that issued it. `pinned` is the network that the
 * home belongs to already, if any. Other certificates in the texts are ignored.
 */
export function acceptCertificateFiles(
  texts: readonly string[],
  publicKey: KeyObject,
  pinned: X509Certificate | null,
  nowMs: number,
): Imported | Refused {
  const certificates = texts.flatMap((text) => pemBlocks('CERTIFICATE', text)).flatMap(parse);
  const own = certificates.find(({ ca, publicKey: key }) => !ca && key.equals(publicKey));
  if (own === undefined) {
    return { refused: "the file holds no certificate for this peer's key" };
  }
  const authorities = pinned === null ? certificates.filter(({ ca }) => ca) : [pinned];
  if (authorities.length === 0) {
    return { refused: "the authority's certificate is missing; name its file with --authority" };
  }
  return issuedByOneOf(own.raw, authorities, nowMs);
}

function issuedByOneOf(
  der: Buffer,
  authorities: readonly X509Certificate[],
  nowMs: number,
): Imported | Refused {
  let refused: Refused = { refused: '' };
  for (const authority of authorities) {
    const certificate = verifyPeerCertificate(der, authority, nowMs);
    if (!('refused' in certificate)) return { certificate, authority };
    refused = certificate;
  }
  return refused;
}

function pemBlocks(label: 'CERTIFICATE' | 'CERTIFICATE REQUEST', text: string): Buffer[] {
  return text.length > maximumPemBytes ? [] : fromPem(label, text);
}

function parse(der: Buffer): X509Certificate[] {
  try {
    return [new X509Certificate(der)];
  } catch {
    return [];
  }
}
