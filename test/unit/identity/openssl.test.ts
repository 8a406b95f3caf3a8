import { execFileSync } from 'node:child_process';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { verifyPeerCertificate } from '../../../src/identity/certificate.ts';
import { createCertificateRequest } from '../../../src/identity/certificate-request.ts';
import { createDeviceKey } from '../../../src/identity/device-key.ts';
import { foundNetwork } from '../../../src/identity/found-network.ts';
import { acceptCertificateFiles } from '../../../src/identity/offline.ts';
import { fromPem, toPem } from '../../../src/identity/pem.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

// Whether certificates that a company makes with its own tools are as good as ours: docs/guide/offline-authority.md.

const keyKinds = {
  Ed25519: ['-newkey', 'ed25519'],
  'ECDSA P-256': ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'ECDSA P-384': ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  RSA: ['-newkey', 'rsa:2048'],
} as const;

function openssl(directory: string, ...arguments_: readonly string[]): void {
  execFileSync('openssl', arguments_, { cwd: directory, stdio: 'ignore' });
}

function makeAuthority(directory: string, kind: keyof typeof keyKinds): void {
  openssl(
    directory,
    ...['req', '-x509', ...keyKinds[kind], '-nodes', '-days', '3650', '-subj', '/O=Übung/CN=CA'],
    ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign', '-utf8'],
    ...['-keyout', 'ca.key', '-out', 'ca.crt'],
  );
}

function read(directory: string, name: string): string {
  return readFileSync(join(directory, name), 'utf8');
}

function authorityOf(directory: string): X509Certificate {
  return new X509Certificate(read(directory, 'ca.crt'));
}

test.each(Object.keys(keyKinds) as (keyof typeof keyKinds)[])(
  'a certificate that openssl made with an authority of kind %s is accepted',
  async (kind) => {
    using directory = temporaryDirectory();
    const { path } = directory;
    makeAuthority(path, kind);
    const key = createDeviceKey();
    const requested = { network: 'garden', user: 'bob', preferredUid: 1000 };
    const request = await createCertificateRequest(key.privateKey, requested);
    writeFileSync(join(path, 'bob.csr'), toPem('CERTIFICATE REQUEST', request));
    writeFileSync(
      join(path, 'bob.ext'),
      [
        'basicConstraints=critical,CA:FALSE',
        'keyUsage=critical,digitalSignature',
        'extendedKeyUsage=serverAuth,clientAuth',
        'subjectAltName=URI:peerfuse://garden/bob?uid=10001&device=7',
      ].join('\n'),
    );
    openssl(
      path,
      ...['x509', '-req', '-in', 'bob.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-days', '365'],
      ...['-extfile', 'bob.ext', '-out', 'bob.crt'],
    );
    const texts = [read(path, 'bob.crt'), read(path, 'ca.crt')];
    const publicKey = createPublicKey(key.privateKey);
    expect(acceptCertificateFiles(texts, publicKey, null, Date.now())).toMatchObject({
      certificate: { network: 'garden', user: 'bob', uid: 10_001, device: 7 },
    });
  },
);

test.each(Object.keys(keyKinds) as (keyof typeof keyKinds)[])(
  'an authority of kind %s that openssl made issues our certificates, and openssl finds them good',
  async (kind) => {
    using directory = temporaryDirectory();
    const { path } = directory;
    makeAuthority(path, kind);
    const authority = { certificatePem: read(path, 'ca.crt'), keyPem: read(path, 'ca.key') };
    const options = { network: 'garden', flavour: 'net', user: 'alice', preferredUid: 0 } as const;
    const files = await foundNetwork({ ...options, authority }, systemClock);
    const text = String(files.find((file) => file.path === 'identity/device.crt')?.data);
    const [der = Buffer.alloc(0)] = fromPem('CERTIFICATE', text);
    expect(verifyPeerCertificate(der, authorityOf(path), Date.now())).toMatchObject({ device: 1 });
    writeFileSync(join(path, 'alice.crt'), text);
    for (const purpose of ['sslserver', 'sslclient']) {
      openssl(path, 'verify', '-purpose', purpose, '-CAfile', 'ca.crt', 'alice.crt');
    }
  },
);

test('a key that is not of the certificate is no authority', async () => {
  using one = temporaryDirectory();
  using other = temporaryDirectory();
  makeAuthority(one.path, 'Ed25519');
  makeAuthority(other.path, 'Ed25519');
  const authority = {
    certificatePem: read(one.path, 'ca.crt'),
    keyPem: read(other.path, 'ca.key'),
  };
  const options = { network: 'garden', flavour: 'net', user: 'alice', preferredUid: 0 } as const;
  await expect(foundNetwork({ ...options, authority }, systemClock)).rejects.toThrow(
    "The authority's key and certificate do not belong together.",
  );
});
