import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Refused } from './certificate.ts';
import { parseRequestUri, requestUri, type RequestedSubject } from './subject-uri.ts';
import { webKeys } from './web-keys.ts';
import { x509 } from './x509.ts';

/** A PKCS #10 request whose signature was checked: who made it has the private key. */
export interface CertificateRequest extends RequestedSubject {
  /** Ed25519. */
  readonly publicKey: KeyObject;
}

const ed25519 = { name: 'Ed25519' };

/** Ours have about 250 bytes. */
export const maximumRequestBytes = 4096;

/** Asks for a certificate for `privateKey`, which stays here. DER. */
export async function createCertificateRequest(
  privateKey: KeyObject,
  requested: RequestedSubject,
): Promise<Buffer> {
  const name = { type: 'url' as const, value: requestUri(requested) };
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [requested.user] }],
    keys: webKeys(privateKey, ed25519),
    signingAlgorithm: ed25519,
    extensions: [new x509.SubjectAlternativeNameExtension([name])],
  });
  return Buffer.from(request.rawData);
}

/** Reads a request of unknown origin. */
export async function readCertificateRequest(der: Buffer): Promise<CertificateRequest | Refused> {
  try {
    return der.length > maximumRequestBytes ? malformed : await read(der);
  } catch {
    return malformed;
  }
}

const malformed: Refused = { refused: 'the certificate request cannot be read' };

async function read(der: Buffer): Promise<CertificateRequest | Refused> {
  const request = new x509.Pkcs10CertificateRequest(der);
  const publicKey = createPublicKey({
    key: Buffer.from(request.publicKey.rawData),
    type: 'spki',
    format: 'der',
  });
  if (publicKey.asymmetricKeyType !== 'ed25519') {
    return { refused: "the certificate request's key is not an Ed25519 key" };
  }
  if (!(await request.verify())) {
    return { refused: 'the certificate request is not signed with its own key' };
  }
  const requested = requestedSubject(request);
  if (requested === undefined) {
    return { refused: 'the certificate request does not name a user of a Peerfuse network' };
  }
  return { ...requested, publicKey };
}

function requestedSubject(request: x509.Pkcs10CertificateRequest): RequestedSubject | undefined {
  const extensions = request.extensions.filter(
    (extension) => extension instanceof x509.SubjectAlternativeNameExtension,
  );
  const uris = extensions
    .flatMap((extension) => extension.names.items)
    .filter((name) => name.type === 'url')
    .map((name) => name.value);
  return uris.length === 1 ? parseRequestUri(uris[0] ?? '') : undefined;
}
