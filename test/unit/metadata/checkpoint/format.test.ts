import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rowsOfFile, verifyFile } from '../../../../src/metadata/checkpoint/file-reader.ts';
import { decodeNode } from '../../../../src/metadata/state/node-record.ts';
import { inodeOfKey, isNodeKey } from '../../../../src/metadata/state/tree-key.ts';
import { Pace, runWhole } from '../../../../src/metadata/merge/pace.ts';
import { systemClock } from '../../../../src/platform/clock.ts';
import { foldGoldenLogs, golden } from '../../../fixtures/metadata/write-checkpoint.ts';
import { networkId, temporaryFolder } from '../../../support/replica-world.ts';

// docs/formats/checkpoint.md. The fixture was written by test/fixtures/metadata/write-checkpoint.ts.

const fixture = join(golden, 'all.checkpoint');

test('a checkpoint of version 1 is still read and verified', () => {
  const bytes = readFileSync(fixture);
  expect(bytes.toString('latin1', 0, 8)).toBe('PFUSECKP');
  expect(bytes.readUInt32BE(8)).toBe(1);
  const whole = runWhole(verifyFile(fixture, new Pace(systemClock)));
  expect(whole?.header).toMatchObject({ network: networkId, previous: Buffer.alloc(32) });
  expect(whole?.header.devices.map(({ device, isMember }) => [device, isMember])).toEqual([
    [1, true],
    [2, true],
  ]);
  const nodes = [...rowsOfFile(fixture)].filter(({ key }) => isNodeKey(key));
  const root = nodes.find(({ key }) => inodeOfKey(key) === 1);
  expect(root && decodeNode(root.value)).toMatchObject({ type: 'directory', conflictOf: null });
});

test('the same logs make the same checkpoint, byte by byte, on every peer and in every version', async () => {
  const path = join(temporaryFolder(), 'checkpoint');
  const { hash } = await foldGoldenLogs(path);
  expect(readFileSync(path).equals(readFileSync(fixture))).toBe(true);
  expect(readFileSync(fixture).subarray(-32).equals(hash)).toBe(true);
});

test('a checkpoint with one wrong bit is none', () => {
  const bytes = readFileSync(fixture);
  for (const at of [9, 20, bytes.length >> 1, bytes.length - 1]) {
    const path = join(temporaryFolder(), 'damaged');
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    writeFileSync(path, damaged);
    expect(runWhole(verifyFile(path, new Pace(systemClock)))).toBeUndefined();
  }
});
