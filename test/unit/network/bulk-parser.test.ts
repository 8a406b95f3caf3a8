import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  BulkParser,
  type BulkReader,
} from '../../../src/network/transport/tls/worker/bulk-parser.ts';
import { ReceiveBuffer } from '../../../src/network/transport/tls/worker/receive-buffer.ts';
import { encodeFrame } from '../../../src/network/wire/frame.ts';
import { frameType } from '../../../src/network/wire/frame-type.ts';

type Heard = readonly (string | number)[];

class Listener implements BulkReader {
  held = false;
  readonly heard: Heard[] = [];
  bytes = 0;

  frame(type: number, requestId: number, body: Buffer): undefined {
    this.heard.push(['frame', type, requestId, body.toString('hex')]);
  }

  run(requestId: number, firstIndex: number, count: number): undefined {
    this.heard.push(['run', requestId, firstIndex, count]);
  }

  chunk(requestId: number, index: number, bytes: Buffer): void {
    this.bytes += bytes.length;
    this.heard.push(['chunk', requestId, index, bytes.toString('hex')]);
  }
}

interface Run {
  readonly requestId: number;
  readonly firstIndex: number;
  readonly chunks: readonly Uint8Array[];
}

function encodeRun({ requestId, firstIndex, chunks }: Run): Buffer {
  const header = Buffer.alloc(4 + 4 * chunks.length);
  header.writeUInt16BE(firstIndex);
  header.writeUInt16BE(chunks.length, 2);
  chunks.forEach(({ length }, index) => header.writeUInt32BE(length, 4 + 4 * index));
  return encodeFrame(frameType.bulkRun, requestId, Buffer.concat([header, ...chunks]));
}

const runs = fc.array(
  fc.record({
    requestId: fc.nat(1000),
    firstIndex: fc.nat(100),
    chunks: fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 4 }),
  }),
  { maxLength: 6 },
);

function feed(parser: BulkParser, buffer: ReceiveBuffer, bytes: Uint8Array): string | undefined {
  for (let offset = 0; offset < bytes.length;) {
    const taken = buffer.append(bytes.subarray(offset));
    expect(taken).toBeGreaterThan(0);
    offset += taken;
    const malformed = parser.advance();
    if (malformed !== undefined) return malformed;
  }
  return undefined;
}

test('runs and frames come out the same however the stream was cut and however small the buffer is', () => {
  fc.assert(
    fc.property(
      runs,
      fc.integer({ min: 1, max: 400 }),
      fc.integer({ min: 16, max: 2000 }),
      (sent, step, capacity) => {
        const stream = Buffer.concat(
          sent.flatMap((run) => [
            encodeRun(run),
            encodeFrame(frameType.bulkEnd, run.requestId, Buffer.alloc(0)),
          ]),
        );
        const listener = new Listener();
        const buffer = new ReceiveBuffer(capacity);
        const parser = new BulkParser(buffer, listener);
        for (let offset = 0; offset < stream.length; offset += step) {
          expect(feed(parser, buffer, stream.subarray(offset, offset + step))).toBeUndefined();
        }
        expect(listener.heard).toEqual(
          sent.flatMap(({ requestId, firstIndex, chunks }) => [
            ['run', requestId, firstIndex, chunks.length],
            ...chunks.map((bytes, i) => [
              'chunk',
              requestId,
              firstIndex + i,
              Buffer.from(bytes).toString('hex'),
            ]),
            ['frame', frameType.bulkEnd, requestId, ''],
          ]),
        );
      },
    ),
  );
});

test('garbage never throws and brings no more bytes than came', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 20 }), (pieces) => {
      const listener = new Listener();
      const buffer = new ReceiveBuffer(64);
      const parser = new BulkParser(buffer, listener);
      for (const piece of pieces) if (feed(parser, buffer, piece) !== undefined) break;
      expect(listener.bytes).toBeLessThanOrEqual(
        pieces.reduce((sum, { length }) => sum + length, 0),
      );
    }),
  );
});

test('a run whose chunks do not add up to its length is malformed', () => {
  const run = encodeRun({ requestId: 1, firstIndex: 0, chunks: [Buffer.alloc(10)] });
  run.writeUInt32BE(11, 9 + 4);
  const buffer = new ReceiveBuffer();
  expect(feed(new BulkParser(buffer, new Listener()), buffer, run)).toContain('length');
});

test('a run above the limit is refused by its header', () => {
  const header = Buffer.alloc(9 + 8);
  header.writeUInt32BE(5 + 8 + 64 * 1024 * 1024);
  header.writeUInt8(frameType.bulkRun, 4);
  header.writeUInt16BE(1, 11);
  header.writeUInt32BE(64 * 1024 * 1024, 13);
  const buffer = new ReceiveBuffer();
  expect(feed(new BulkParser(buffer, new Listener()), buffer, header)).toContain('limit');
});
