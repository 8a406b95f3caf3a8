import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from 'cbor-x';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkTree } from '../../../src/metadata/check/check-tree.ts';
import { verifyLog } from '../../../src/metadata/check/verify-log.ts';
import { decodeBatch } from '../../../src/metadata/codec/batch.ts';
import { CborReader } from '../../../src/metadata/codec/cbor-reader.ts';
import { CborWriter } from '../../../src/metadata/codec/cbor-writer.ts';
import { Malformed } from '../../../src/metadata/codec/malformed.ts';
import { describeTree } from '../../support/describe-tree.ts';
import { testDevice, World } from '../../support/replica-world.ts';

// docs/formats/log.md. The fixture was written by test/fixtures/metadata/generate.ts.

const golden = join(import.meta.dirname, '../../fixtures/metadata/version-2');

test('logs of version 2 are still read, verified, and make the tree that they made', async () => {
  await using world = new World();
  const folder = world.folder();
  mkdirSync(join(folder, 'log'));
  for (const name of ['1.log', '2.log']) cpSync(join(golden, name), join(folder, 'log', name));
  const home = world.open(testDevice(3), { folder });
  const expected: unknown = JSON.parse(readFileSync(join(golden, 'tree.json'), 'utf8'));
  expect(describeTree(home.replica)).toEqual(expected);
  expect(checkTree(home.replica)).toEqual([]);
  expect(verifyLog(home.replica)).toEqual([]);
});

test('a batch is the documented CBOR, for any decoder', () => {
  const log = readFileSync(join(golden, '2.log'));
  expect(log.toString('latin1', 0, 8)).toBe('PFUSELOG');
  expect([log.readUInt32BE(8), log.readUInt32BE(12)]).toEqual([1, 2]);
  const first = log.subarray(24, 24 + log.readUInt32BE(16));
  const millis = Date.UTC(2026, 0, 1) + 1000 + 1234;
  const fields = decode(first.subarray(0, first.length - 64)) as unknown[];
  expect(fields.map(plain)).toEqual([
    ...[2, 2, 1, Buffer.alloc(32).toString('hex'), millis, [1, 1]],
    expect.stringMatching(/^7b22646576696365223a322c/),
    [
      [
        ...[0, 0],
        [
          ...[1, 1002, [1002], 2 * 2 ** 32 + 1, 1, Buffer.from('häuser.txt').toString('hex')],
          ...[0, 0o644, 1002, 1002, 0, ''],
        ],
      ],
    ],
  ]);
});

test('what is written is read again, and no other spelling of it', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.uint8Array(), fc.boolean(), (integer, bytes, flag) => {
      const written = new CborWriter(1).array(4).integer(integer).bytes(bytes);
      const encoded = written.boolean(flag).null().take();
      const reader = new CborReader(encoded);
      reader.array('array', 4, 4);
      expect(reader.integer('integer', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)).toBe(
        integer,
      );
      expect(reader.bytes('bytes', 0, 1000)).toEqual(Buffer.from(bytes));
      expect(reader.boolean('flag')).toBe(flag);
      expect(reader.nullable(() => 'something')).toBeNull();
      reader.end('end');
      expect(plain(decode(encoded))).toEqual([
        integer,
        Buffer.from(bytes).toString('hex'),
        flag,
        null,
      ]);
    }),
  );
  for (const other of ['1801', '190001', '1a00000001', '1b0000000000000001', 'f93c00', '18']) {
    const reader = new CborReader(Buffer.from(other, 'hex'));
    expect(() => reader.integer('integer', 0, 100)).toThrow(Malformed);
  }
});

test('whatever bytes come, a batch is read or called malformed', () => {
  const log = readFileSync(join(golden, '1.log'));
  const batch = log.subarray(24, 24 + log.readUInt32BE(16));
  fc.assert(
    fc.property(fc.nat(batch.length - 1), fc.nat(255), fc.nat(batch.length), (at, byte, end) => {
      const damaged = Buffer.from(batch.subarray(0, end));
      if (at < end) damaged[at] = byte;
      try {
        decodeBatch(damaged);
      } catch (error) {
        expect(error).toBeInstanceOf(Malformed);
      }
    }),
    { numRuns: 2000 },
  );
});

/** Buffers as hex, large integers as numbers: the decoder gives those that may not fit as BigInt. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  return typeof value === 'bigint' ? Number(value) : value;
}
