import { X509Certificate, type KeyObject } from 'node:crypto';
import type { Authority } from './authority.ts';
import {
  certificateFingerprint,
  verifyPeerCertificate,
  type PeerCertificate,
  type Refused,
} from './certificate.ts';
import { readCertificateRequest } from './certificate-request.ts';
import { fromPem, maximumPemBytes, toPem } from './pem.ts';

// Enrolment by files that people carry: a request in PEM one way, the certificate with its authority's in PEM the other way.

/** Signs a request file. The person who signs vouches for the user's name in it, which `expectedUser` repeats when given. */
export async function signRequestFile(
  authority: Authority,
  requestText: string,
  options: { readonly expectedUser: string | null; readonly validMs: number },
): Promise<{ readonly answerText: string; readonly certificate: PeerCertificate } | Refused> {
  const [der, ...more] = pemBlocks('CERTIFICATE REQUEST', requestText);
  if (der === undefined || more.length > 0) {
    return { refused: 'the file does not hold exactly one certificate request in PEM' };
  }
  const request = await readCertificateRequest(der);
  if ('refused' in request) return request;
  if (options.expectedUser !== null && options.expectedUser !== request.user) {
    return { refused: `the request is for user ${request.user}, not ${options.expectedUser}` };
  }
  const certificate = await authority.issue(request, options.validMs);
  if ('refused' in certificate) return certificate;
  const answer = [certificate.der, authority.certificate.raw];
  return { answerText: answer.map((der) => toPem('CERTIFICATE', der)).join(''), certificate };
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

/** The network's id as people compare it, over the telephone if need be. */
export function fingerprintForPeople(authority: X509Certificate): string {
  return (certificateFingerprint(authority).match(/.{4}/g) ?? []).join(' ');
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
