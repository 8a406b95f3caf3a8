import { generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  certificateFingerprint,
  certificateInfo,
  verifyPeerCertificate,
  verifyPeerCertificateAtAnyTime,
} from '../../../src/identity/certificate.ts';
import { fromPem } from '../../../src/identity/pem.ts';
import { webKeys } from '../../../src/identity/web-keys.ts';
import { x509 } from '../../../src/identity/x509.ts';

const dayMs = 24 * 60 * 60 * 1000;
const nowMs = Date.UTC(2026, 5, 1);

const bothPurposes = [x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth];

interface Wanted {
  readonly purposes?: readonly string[];
  readonly names?: readonly string[];
  readonly isAuthority?: boolean;
  readonly publicKey?: KeyObject;
  readonly signer?: KeyObject;
}

const authorityKey = generateKeyPairSync('ed25519').privateKey;
const authority = new X509Certificate(await makeAuthority(authorityKey));

async function makeAuthority(privateKey: KeyObject): Promise<Buffer> {
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=garden',
    keys: webKeys(privateKey, { name: 'Ed25519' }),
    notBefore: new Date(nowMs - dayMs),
    notAfter: new Date(nowMs + 100 * dayMs),
    signingAlgorithm: { name: 'Ed25519' },
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  return Buffer.from(certificate.rawData);
}

async function makeCertificate(wanted: Wanted): Promise<Buffer> {
  const {
    purposes = bothPurposes,
    names = ['peerfuse://garden/alice?uid=1000&device=1'],
    isAuthority = false,
    publicKey = generateKeyPairSync('ed25519').publicKey,
    signer = authorityKey,
  } = wanted;
  const keyAlgorithm =
    publicKey.asymmetricKeyType === 'ed25519'
      ? { name: 'Ed25519' }
      : { name: 'ECDSA', namedCurve: 'P-256' };
  const certificate = await x509.X509CertificateGenerator.create({
    issuer: 'CN=garden',
    subject: 'CN=alice',
    publicKey: publicKey.toCryptoKey(keyAlgorithm, true, ['verify']),
    signingKey: webKeys(signer, { name: 'Ed25519' }).privateKey,
    notBefore: new Date(nowMs - dayMs),
    notAfter: new Date(nowMs + dayMs),
    signingAlgorithm: { name: 'Ed25519' },
    extensions: [
      new x509.BasicConstraintsExtension(isAuthority),
      new x509.ExtendedKeyUsageExtension([...purposes]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: 'url' as const, value })),
      ),
    ],
  });
  return Buffer.from(certificate.rawData);
}

async function refusal(wanted: Wanted): Promise<string | undefined> {
  const judged = verifyPeerCertificate(await makeCertificate(wanted), authority, nowMs);
  return 'refused' in judged ? judged.refused : undefined;
}

test('a certificate of the network is accepted and says who it names', async () => {
  const der = await makeCertificate({});
  expect(verifyPeerCertificate(der, authority, nowMs)).toMatchObject({
    ...{ network: 'garden', user: 'alice', uid: 1000, device: 1 },
    ...{ notBeforeMs: nowMs - dayMs, notAfterMs: nowMs + dayMs, der },
  });
});

test('an expired certificate is refused, but still vouches for old batches', async () => {
  const der = await makeCertificate({});
  const later = nowMs + 2 * dayMs;
  expect(verifyPeerCertificate(der, authority, later)).toEqual({
    refused: 'the certificate expired on 2026-06-02',
  });
  expect(verifyPeerCertificateAtAnyTime(der, authority)).toMatchObject({ user: 'alice' });
});

test('a certificate from the future counts, so that a peer whose clock is behind can be told so', async () => {
  const der = await makeCertificate({});
  expect(verifyPeerCertificate(der, authority, nowMs - 2 * dayMs)).toMatchObject({ user: 'alice' });
});

test('a certificate of another authority with the same name is refused at any time', async () => {
  const der = await makeCertificate({ signer: generateKeyPairSync('ed25519').privateKey });
  const refused = 'the certificate was not issued by the authority of this network';
  expect(verifyPeerCertificate(der, authority, nowMs)).toEqual({ refused });
  expect(verifyPeerCertificateAtAnyTime(der, authority)).toEqual({ refused });
});

test.each([
  ['server only', [x509.ExtendedKeyUsage.serverAuth]],
  ['client only', [x509.ExtendedKeyUsage.clientAuth]],
  ['mail', [x509.ExtendedKeyUsage.emailProtection]],
])('a certificate for another purpose is refused: %s', async (_name, purposes) => {
  expect(await refusal({ purposes })).toContain('for another purpose');
});

test("an authority's certificate is none of a peer", async () => {
  expect(await refusal({ isAuthority: true })).toContain("an authority's");
  expect(verifyPeerCertificate(authority.raw, authority, nowMs)).toHaveProperty('refused');
});

test('a key of another kind is refused', async () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  expect(await refusal({ publicKey })).toContain('not an Ed25519 key');
});

test.each([
  [[]],
  [['https://example.org/']],
  [['peerfuse://garden/alice?uid=1000']],
  [['peerfuse://garden/alice?uid=1000&device=0']],
  [['peerfuse://garden/alice?uid=1000&device=1', 'peerfuse://garden/bob?uid=1001&device=1']],
  [['peerfuse://garden/alice, URI:peerfuse://garden/root?uid=0&device=1']],
])('a certificate that does not name exactly one device is refused: %j', async (names) => {
  expect(await refusal({ names })).toContain('does not name exactly one device');
});

test('bytes that are not exactly one certificate are refused', async () => {
  const der = await makeCertificate({});
  const pem = Buffer.from(new X509Certificate(der).toString());
  const others = [Buffer.alloc(0), der.subarray(0, -1), Buffer.concat([der, der]), pem];
  for (const bytes of [...others, Buffer.alloc(100_000)]) {
    expect(verifyPeerCertificate(bytes, authority, nowMs)).toHaveProperty('refused');
  }
});

test('the golden certificate is still accepted', () => {
  const directory = join(import.meta.dirname, '../../fixtures/identity');
  const read = (name: string): Buffer =>
    fromPem('CERTIFICATE', readFileSync(join(directory, name), 'utf8'))[0] ?? Buffer.alloc(0);
  const goldenAuthority = new X509Certificate(read('authority.crt'));
  const der = read('device.crt');
  expect(verifyPeerCertificate(der, goldenAuthority, Date.UTC(2026, 6, 1))).toMatchObject({
    ...{ network: 'golden', user: 'Åsa Öberg', uid: 1000, device: 1 },
  });
  expect(certificateInfo(der)).toHaveProperty(
    'fingerprint',
    certificateFingerprint(new X509Certificate(der)),
  );
});
