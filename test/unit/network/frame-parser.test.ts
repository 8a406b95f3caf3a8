import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  encodeFrame,
  joinFrames,
  splitFrames,
  type Frame,
} from '../../../src/network/wire/frame.ts';
import { FrameParser } from '../../../src/network/wire/frame-parser.ts';

const maximum = 1000;

const frames = fc.array(
  fc.record({
    type: fc.integer({ min: 0, max: 255 }),
    requestId: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    body: fc.uint8Array({ maxLength: maximum }).map((bytes) => Buffer.from(bytes)),
  }),
  { maxLength: 8 },
);

function cut(stream: Buffer, places: readonly number[]): Buffer[] {
  const cuts = places.map((place) => place % (stream.length + 1)).sort((a, b) => a - b);
  return [0, ...cuts].map((start, i) => stream.subarray(start, [...cuts, stream.length][i]));
}

test('the same frames come out however the stream was cut', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.nat(), { maxLength: 20 }), (sent, places) => {
      const stream = Buffer.concat(
        sent.map((each) => encodeFrame(each.type, each.requestId, each.body)),
      );
      const parser = new FrameParser(maximum);
      const received: Frame[] = [];
      for (const piece of cut(stream, places)) {
        // As a socket does that reuses its memory, once the frames were taken.
        const memory = Buffer.from(piece);
        const taken: Frame[] = [];
        expect(parser.push(memory, (frame) => taken.push(frame))).toBeUndefined();
        for (const { type, requestId, body } of taken) {
          received.push({ type, requestId, body: Buffer.from(body) });
        }
        memory.fill(0);
      }
      expect(received).toEqual(sent);
      expect([...splitFrames(joinFrames(sent))]).toEqual(sent);
    }),
  );
});

test('garbage never throws, and no frame above the limit comes out of it', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 20 }), (pieces) => {
      const parser = new FrameParser(maximum);
      let malformed = false;
      for (const piece of pieces) {
        const verdict = parser.push(Buffer.from(piece), ({ body }) => {
          expect(malformed).toBe(false);
          expect(body.length).toBeLessThanOrEqual(maximum);
        });
        malformed ||= verdict !== undefined;
      }
    }),
  );
});

test('a length above the limit is refused before memory is taken for it, and nothing after it is read', () => {
  const parser = new FrameParser(maximum);
  const header = encodeFrame(1, 0, Buffer.alloc(0));
  header.writeUInt32BE(maximum + 6);
  const taken: Frame[] = [];
  const before = process.memoryUsage().arrayBuffers;
  expect(parser.push(header, (frame) => taken.push(frame))).toContain('length');
  expect(parser.push(encodeFrame(1, 0, Buffer.alloc(0)), (frame) => taken.push(frame))).toContain(
    'length',
  );
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000);
  expect(taken).toEqual([]);
});

test('a length that does not even count the header is malformed', () => {
  const header = encodeFrame(1, 0, Buffer.alloc(0));
  header.writeUInt32BE(4);
  expect(new FrameParser(maximum).push(header, () => {})).toContain('length');
});
