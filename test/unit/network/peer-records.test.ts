import { createPrivateKey, X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { signRecord, verifyRecord } from '../../../src/network/membership/peer-record.ts';
import { RecordBook } from '../../../src/network/membership/record-book.ts';
import { decodeRecords, encodeRecords } from '../../../src/network/membership/records-message.ts';
import { testAuthority, type TestDevice } from '../../support/test-certificates.ts';

const nowMs = Date.now();
const authority = await testAuthority();
const device = await authority.issue(7);

function record(
  sequence: number,
  addresses: readonly string[] = ['10.0.0.1:1777'],
  of: TestDevice = device,
): Buffer {
  const { certificatePem, privateKeyPem } = of.credentials;
  const der = new X509Certificate(certificatePem).raw;
  return signRecord(
    { sequence, addresses, capabilities: [] },
    der,
    createPrivateKey(privateKeyPem),
  );
}

test('a signed record is read as it was written', () => {
  const verified = verifyRecord(record(3), authority.certificate, nowMs);
  expect(verified).toMatchObject({
    sequence: 3,
    addresses: ['10.0.0.1:1777'],
    certificate: { device: 7 },
  });
});

test('a record with any bit changed is refused, and none makes it throw', () => {
  const good = record(3);
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.integer({ min: 0, max: 7 }), (place, bit) => {
      const bad = Buffer.from(good);
      bad[place] = (bad[place] ?? 0) ^ (1 << bit);
      expect(verifyRecord(bad, authority.certificate, nowMs)).toHaveProperty('refused');
    }),
  );
});

test('garbage is refused and never throws', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(verifyRecord(Buffer.from(bytes), authority.certificate, nowMs)).toHaveProperty(
        'refused',
      );
      const records = decodeRecords(Buffer.from(bytes));
      expect(records === undefined || Array.isArray(records)).toBe(true);
    }),
  );
});

test('a record of another network, or one after its certificate expired, is refused', async () => {
  const other = await testAuthority();
  const foreign = record(1, [], await other.issue(7));
  expect(verifyRecord(foreign, authority.certificate, nowMs)).toMatchObject({
    refused: /not issued/,
  });
  const later = nowMs + 10 * 86_400_000;
  expect(verifyRecord(record(1), authority.certificate, later)).toMatchObject({
    refused: /expired/,
  });
});

test('an address that is none is refused', () => {
  const bad = record(1, ['nowhere']);
  expect(verifyRecord(bad, authority.certificate, nowMs)).toMatchObject({ refused: /malformed/ });
});

test('of two records the one with the larger sequence holds, whichever comes first', () => {
  const book = new RecordBook(authority.certificate);
  const [older, newer] = [record(1, ['a:1']), record(2, ['b:2'])];
  expect(book.add(newer, nowMs).kind).toBe('new');
  expect(book.add(newer, nowMs).kind).toBe('known');
  expect(book.add(older, nowMs).kind).toBe('known');
  expect(book.get(device.identity.device)?.addresses).toEqual(['b:2']);
});

test('a revoked device is forgotten and not taken back', () => {
  const book = new RecordBook(authority.certificate);
  book.add(record(1), nowMs);
  book.setRefused({ devices: [], fingerprints: [device.identity.fingerprint] });
  expect(book.prune(nowMs)).toEqual([7]);
  expect(book.add(record(2), nowMs)).toMatchObject({ kind: 'refused', reason: /revoked/ });
  expect(book.records).toEqual([]);
});

test('many records travel in several frames, and all arrive', () => {
  const records = Array.from({ length: 600 }, (_, i) => Buffer.alloc(1000, String(i)));
  const bodies = encodeRecords(records);
  expect(bodies.length).toBeGreaterThan(1);
  expect(bodies.flatMap((body) => decodeRecords(body) ?? [])).toEqual(records);
});
