import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeRecords, encodeRecords } from '../../../src/network/membership/records-message.ts';
import { BulkParser } from '../../../src/network/transport/tls/worker/bulk-parser.ts';
import { ReceiveBuffer } from '../../../src/network/transport/tls/worker/receive-buffer.ts';
import { encodeFrame, splitFrames, type Frame } from '../../../src/network/wire/frame.ts';
import { frameType } from '../../../src/network/wire/frame-type.ts';
import {
  decodeGoodbye,
  decodeHello,
  decodeReason,
  encodeGoodbye,
  encodeHello,
  encodeReason,
} from '../../../src/network/wire/greeting.ts';

const document = readFileSync(join(import.meta.dirname, '../../../docs/formats/wire.md'), 'utf8');
const golden = new Map(
  (/```golden\n([^`]*)```/.exec(document)?.[1] ?? '')
    .trim()
    .split('\n')
    .map((line) => line.split(/\s+/) as [string, string]),
);

const nothing = Buffer.alloc(0);
const session = Buffer.from('ffeeddccbbaa99887766554433221100', 'hex');
const hello = {
  version: 1,
  incarnation: '00112233445566778899aabbccddeeff',
  record: Buffer.from('record'),
};
const goodbye = { code: 'leaving', reason: 'bye' } as const;
const records = [Buffer.from('one'), Buffer.from('two')];
const runHeader = Buffer.from([0, 3, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1]);

const ours: Readonly<Record<string, Buffer>> = {
  message: encodeFrame(5, 0, Buffer.from('hi')),
  hello: encodeFrame(frameType.hello, 0, encodeHello(hello)),
  select: encodeFrame(frameType.select, 0, session),
  ping: encodeFrame(frameType.ping, 7, nothing),
  pong: encodeFrame(frameType.pong, 7, nothing),
  goodbye: encodeFrame(frameType.goodbye, 0, encodeGoodbye(goodbye)),
  refusal: encodeFrame(frameType.refusal, 0, encodeReason('no')),
  records: encodeFrame(frameType.records, 0, encodeRecords(records)[0] ?? nothing),
  'open-bulk': encodeFrame(frameType.openBulk, 0, nothing),
  'bulk-hello': encodeFrame(frameType.bulkHello, 0, session),
  'bulk-request': encodeFrame(frameType.bulkRequest, 1, Buffer.from('which')),
  'bulk-run': encodeFrame(frameType.bulkRun, 1, Buffer.concat([runHeader, Buffer.from('abc')])),
  'bulk-end': encodeFrame(frameType.bulkEnd, 1, nothing),
  'bulk-cancel': encodeFrame(frameType.bulkCancel, 1, nothing),
  'enrol-request': encodeFrame(frameType.enrolRequest, 0, Buffer.from('csr')),
  'enrol-answer': encodeFrame(frameType.enrolAnswer, 0, Buffer.from('crt')),
};

test('what we send is what the documented format shows', () => {
  expect(Object.fromEntries(golden)).toEqual(
    Object.fromEntries(Object.entries(ours).map(([name, bytes]) => [name, bytes.toString('hex')])),
  );
});

test('the documented frames are read as what they say', () => {
  expect(decodeHello(bodyOf('hello'))).toEqual(hello);
  expect(decodeGoodbye(bodyOf('goodbye'))).toEqual(goodbye);
  expect(decodeReason(bodyOf('refusal'))).toBe('no');
  expect(decodeRecords(bodyOf('records'))).toEqual(records);
  const chunks: string[] = [];
  const buffer = new ReceiveBuffer();
  buffer.append(bytesOf('bulk-run'));
  const parser = new BulkParser(buffer, {
    held: false,
    frame: () => 'not a run',
    run: () => undefined,
    chunk: (requestId, index, bytes) => chunks.push(`${requestId} ${index} ${bytes.toString()}`),
  });
  expect(parser.advance()).toBeUndefined();
  expect(chunks).toEqual(['1 3 ab', '1 4 c']);
});

test('every type of frame is documented under its number', () => {
  for (const number of Object.values(frameType))
    expect(document).toMatch(new RegExp(`\\| ${number} +\\|`));
});

function bytesOf(name: string): Buffer {
  return Buffer.from(golden.get(name) ?? '', 'hex');
}

function bodyOf(name: string): Buffer {
  const [frame] = [...splitFrames(bytesOf(name))] as [Frame];
  return frame.body;
}
