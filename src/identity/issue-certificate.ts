import { randomBytes, type KeyObject, type X509Certificate } from 'node:crypto';
import { subjectUri, type Subject } from './subject-uri.ts';
import { signingAlgorithm, webKeys } from './web-keys.ts';
import { x509 } from './x509.ts';

// What stands in the certificates that we make: docs/formats/certificates.md. Who gets one is the authority's decision.

/** Milliseconds since 1970; both ends are inside. */
export interface Validity {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** The certificate of a new certificate authority, signed with its own Ed25519 key. It is the network's identity. DER. */
export async function issueAuthorityCertificate(
  network: string,
  privateKey: KeyObject,
  validity: Validity,
): Promise<Buffer> {
  const algorithm = { name: 'Ed25519' };
  const keys = webKeys(privateKey, algorithm);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [network] }, { O: ['Peerfuse'] }],
    keys,
    ...common(validity, algorithm),
    extensions: [
      // No authority below this one: it issues certificates of devices only.
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return Buffer.from(certificate.rawData);
}

/** The certificate of a device, signed with the authority's key of any kind that `signingAlgorithm` knows. DER. */
export async function issueDeviceCertificate(
  authority: { readonly certificate: X509Certificate; readonly privateKey: KeyObject },
  subject: Subject,
  publicKey: KeyObject,
  validity: Validity,
): Promise<Buffer> {
  const algorithm = signingAlgorithm(authority.privateKey);
  if (algorithm === undefined)
    throw new Error('The authority was opened with a key that cannot sign');
  const issuer = new x509.X509Certificate(authority.certificate.raw);
  const devicePublicKey = publicKey.toCryptoKey({ name: 'Ed25519' }, true, ['verify']);
  const certificate = await x509.X509CertificateGenerator.create({
    issuer: issuer.subjectName,
    subject: [{ CN: [subject.user] }],
    publicKey: devicePublicKey,
    signingKey: webKeys(authority.privateKey, algorithm).privateKey,
    ...common(validity, algorithm),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([
        x509.ExtendedKeyUsage.serverAuth,
        x509.ExtendedKeyUsage.clientAuth,
      ]),
      new x509.SubjectAlternativeNameExtension([{ type: 'url', value: subjectUri(subject) }]),
      await x509.SubjectKeyIdentifierExtension.create(devicePublicKey),
      ...authorityKeyIdentifier(issuer),
    ],
  });
  return Buffer.from(certificate.rawData);
}

function common({ notBeforeMs, notAfterMs }: Validity, algorithm: { name: string }) {
  return {
    notBefore: new Date(notBeforeMs),
    notAfter: new Date(notAfterMs),
    signingAlgorithm: algorithm,
    serialNumber: newSerialNumber(),
  };
}

/** 128 random bits, positive, without leading zeros: every reader agrees on such a number. */
function newSerialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

/** Names the issuer's key as the issuer's own certificate does, since verifiers compare the two; nothing when it does not. */
function authorityKeyIdentifier(issuer: x509.X509Certificate): x509.Extension[] {
  const own = issuer.getExtension(x509.SubjectKeyIdentifierExtension);
  return own === null ? [] : [new x509.AuthorityKeyIdentifierExtension(own.keyId)];
}
