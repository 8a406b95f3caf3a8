import { createPublicKey } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Authority } from '../../../src/identity/authority.ts';
import { createCertificateRequest } from '../../../src/identity/certificate-request.ts';
import { createDeviceKey, type DeviceKey } from '../../../src/identity/device-key.ts';
import { acceptCertificateFiles, signRequestFile } from '../../../src/identity/offline.ts';
import { toPem } from '../../../src/identity/pem.ts';
import { testNetwork } from '../../support/test-network.ts';

const dayMs = 24 * 60 * 60 * 1000;

async function requestText(key: DeviceKey, user = 'bob', network = 'garden'): Promise<string> {
  const requested = { network, user, preferredUid: 1000 };
  return toPem('CERTIFICATE REQUEST', await createCertificateRequest(key.privateKey, requested));
}

function sign(authority: Authority, text: string, expectedUser: string | null = null) {
  return signRequestFile(authority, text, { expectedUser, validMs: dayMs });
}

test('a request travels as a file, and so does the certificate', async () => {
  using network = await testNetwork(['alice']);
  const key = createDeviceKey();
  const signed = await sign(network.authority, `Hello,\n\n${await requestText(key)}\nBob`, 'bob');
  const publicKey = createPublicKey(key.privateKey);
  expect(acceptCertificateFiles([signed.answerText], publicKey, null, Date.now())).toMatchObject({
    certificate: { user: 'bob', uid: 1000, device: 2 },
  });
});

test('a renewed certificate names the same device', async () => {
  using network = await testNetwork(['alice']);
  const text = await requestText(createDeviceKey());
  const [first, second] = [
    await sign(network.authority, text),
    await sign(network.authority, text),
  ];
  expect([second.device, second.uid]).toEqual([first.device, first.uid]);
  expect(second.answerText).not.toBe(first.answerText);
});

test.each([
  ['another user', { user: 'eve' }, 'the request is for user eve, not bob'],
  ['another network', { network: 'attic' }, 'the request is for network attic, this is garden'],
])(
  'a request for %s is not signed',
  async (_what, { user, network: name }: { user?: string; network?: string }, reason) => {
    using network = await testNetwork(['alice']);
    const text = await requestText(createDeviceKey(), user, name);
    await expect(sign(network.authority, text, 'bob')).rejects.toThrow(
      `Nothing was signed: ${reason}.`,
    );
  },
);

test('a file that holds no request, or two, is not signed', async () => {
  using network = await testNetwork(['alice']);
  const text = await requestText(createDeviceKey());
  for (const wrong of ['', 'hello', text + text, text.replace('\nM', '\nA'), 'x'.repeat(100_000)]) {
    await expect(sign(network.authority, wrong)).rejects.toMatchObject({ kind: 'refused' });
  }
});

test('a certificate for another key, or of another network than the pinned one, is not imported', async () => {
  using network = await testNetwork(['alice']);
  using other = await testNetwork(['alice']);
  const key = createDeviceKey();
  const publicKey = createPublicKey(key.privateKey);
  const { answerText } = await sign(other.authority, await requestText(key));
  const pinned = network.authority.certificate;
  expect(acceptCertificateFiles([answerText], publicKey, pinned, Date.now())).toEqual({
    refused: 'the certificate was not issued by the authority of this network',
  });
  const foreign = createPublicKey(createDeviceKey().privateKey);
  expect(acceptCertificateFiles([answerText], foreign, null, Date.now())).toEqual({
    refused: "the file holds no certificate for this peer's key",
  });
});

test('a certificate without its authority is not imported', async () => {
  using network = await testNetwork(['alice']);
  const key = createDeviceKey();
  const { answerText } = await sign(network.authority, await requestText(key));
  const [only = ''] = answerText.split(/(?<=END CERTIFICATE-----\n)/);
  expect(acceptCertificateFiles([only], createPublicKey(key.privateKey), null, Date.now())).toEqual(
    {
      refused: "the authority's certificate is missing; name its file with --authority",
    },
  );
});
