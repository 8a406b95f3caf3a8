import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Reader } from '../../../src/content/content-store.ts';
import {
  decodeRecord,
  encodeRecords,
  recordLength,
  type IntentRecord,
} from '../../../src/content/intents/intent-format.ts';
import {
  decodeHeader,
  decodeSlot,
  encodeHeader,
  encodeSlotHead,
  slotPosition,
} from '../../../src/content/map/map-format.ts';
import { hash } from '../../../src/crypto/hash.ts';
import type { Version } from '../../../src/content/version.ts';
import { blockSize, file, noise, referenceRoot, World } from './world.ts';

// Samples of every version of the formats in docs/formats/blocks.md. They are never written anew: what they hold is on people's disks.

const fixtures = join(import.meta.dirname, '../../fixtures/content');
const root = hash(Buffer.from('root'));
const previous = hash(Buffer.from('previous'));

const records: readonly IntentRecord[] = [
  { kind: 'snapshot', records: 5 },
  { kind: 'dirty', file },
  { kind: 'blocks', file, first: 7, count: 2 ** 33, zeros: true },
  { kind: 'cut', file, block: 3, size: 2 ** 40 + 1 },
  { kind: 'published', file, previous, root },
  { kind: 'done', file },
];

test('intent records are written and read as ever', () => {
  const golden = readFileSync(join(fixtures, 'intents-v1.bin'));
  expect(encodeRecords(records).equals(golden)).toBe(true);
  const read = records.map((_, at) =>
    decodeRecord(golden.subarray(at * recordLength, (at + 1) * recordLength)),
  );
  expect(read).toEqual(records);
});

test('an intent record with a changed bit is none', () => {
  const golden = readFileSync(join(fixtures, 'intents-v1.bin'));
  for (let bit = 64; bit < recordLength * 8; bit += 1) {
    const bytes = Buffer.from(golden.subarray(recordLength, 2 * recordLength));
    bytes[bit >> 3] = bytes[bit >> 3]! ^ (1 << (bit & 7));
    expect(decodeRecord(bytes)).toBeUndefined();
  }
});

const version: Version = { size: 2 ** 41 + 5, blockSize, root };
const hashes = Buffer.concat([hash(Buffer.from('0')), hash(Buffer.from('1'))]);
const resident = new Uint8Array(32);
resident[0] = 2;
const slot = { pageHash: hash(hashes), resident, era: 1_700_000_000, adoptions: 4, hashes };

test('map headers and slots are written and read as ever', () => {
  const golden = readFileSync(join(fixtures, 'map-v1.bin'));
  const header = encodeHeader({ version, adoptions: 4 });
  const slotBytes = Buffer.concat([encodeSlotHead(slot), hashes]);
  expect(Buffer.concat([header, slotBytes]).equals(golden)).toBe(true);
  expect(decodeHeader(golden)).toEqual({ version, adoptions: 4 });
  expect(decodeSlot(golden.subarray(header.length))).toEqual(slot);
});

test('slots are where the format says', () => {
  expect(slotPosition(0, 0)).toBe(4096);
  expect(slotPosition(0, 3)).toBe(4096 + 3 * 8320);
  expect(slotPosition(2, 1)).toBe(2 * 2 ** 40 + 4096 + 8320);
});

test('roots are those of the golden file', () => {
  const golden = JSON.parse(readFileSync(join(fixtures, 'roots-v1.json'), 'utf8')) as Record<
    string,
    string
  >;
  for (const [size, hex] of Object.entries(golden)) {
    expect(referenceRoot(noise(Number(size))).toString('hex')).toBe(hex);
  }
});

test('a store of the first version is still read, with its unpublished change', async () => {
  await using world = new World();
  const directory = world.directory();
  cpSync(join(fixtures, 'store-v1'), directory, { recursive: true });
  const store = world.store({ directory });
  expect(store.unpublished()).toEqual([file]);
  const published = noise(blockSize * 2 + 9);
  const before = { size: published.length, blockSize, root: referenceRoot(published) };
  const open = store.open(file, before);
  const bytes = Buffer.alloc(published.length);
  await open.read(0, bytes, new Reader());
  Buffer.from('changed').copy(published, blockSize + 1);
  expect(bytes.equals(published)).toBe(true);
  expect((await open.publish())!.root.equals(referenceRoot(published))).toBe(true);
});
