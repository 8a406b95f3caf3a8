import { read } from 'node:fs';
import { native } from '../../../../platform/native.ts';
import { frameHeaderBytes, writeFrameHeader } from '../../../wire/frame.ts';
import { frameType } from '../../../wire/frame-type.ts';
import { runHeaderBytes } from './bulk-parser.ts';
import type { OutgoingAnswer, RunPlan } from './outgoing-answer.ts';

interface Piece {
  readonly descriptor: number;
  readonly position: number;
  readonly offset: number;
  readonly length: number;
}

/**
 * Reads a run from the disk into a frame that is ready to send. What is in the page cache is read here and now, since the
 * thread pool costs more than the copy; the rest in the thread pool, so that a slow disk does not hold up other connections.
 * Calls back with undefined when the bytes are not all there, or not those that were offered: a file may be written to meanwhile. At
 * once when nothing had to wait.
 */
export function readRun(
  answer: OutgoingAnswer,
  plan: RunPlan,
  memory: Buffer,
  done: (frame: Buffer | undefined) => void,
): void {
  const frame = memory.subarray(0, runFrameBytes(plan));
  writeRunHeader(frame, answer, plan);
  const payload = frame.subarray(frame.length - plan.bytes);
  readPieces(frame, piecesOf(answer, plan), 0, (whole) =>
    done(whole && answer.verify(plan, payload) ? frame : undefined),
  );
}

export function runFrameBytes(plan: RunPlan): number {
  return frameHeaderBytes + runHeaderBytes + 4 * plan.count + plan.bytes;
}

function writeRunHeader(frame: Buffer, answer: OutgoingAnswer, plan: RunPlan): void {
  const bodyLength = frame.length - frameHeaderBytes;
  writeFrameHeader(frame, 0, frameType.bulkRun, answer.requestId, bodyLength);
  let offset = frame.writeUInt16BE(plan.firstIndex, frameHeaderBytes);
  offset = frame.writeUInt16BE(plan.count, offset);
  for (let index = 0; index < plan.count; index++) {
    offset = frame.writeUInt32BE(answer.chunks.lengths[plan.firstIndex + index] ?? 0, offset);
  }
}

// Neighbours on disk are read together.
function piecesOf({ chunks }: OutgoingAnswer, plan: RunPlan): Piece[] {
  const pieces: Piece[] = [];
  let offset = frameHeaderBytes + runHeaderBytes + 4 * plan.count;
  for (let index = plan.firstIndex; index < plan.firstIndex + plan.count; index++) {
    const descriptor = chunks.descriptors[index] ?? -1;
    const position = chunks.positions[index] ?? 0;
    const length = chunks.lengths[index] ?? 0;
    const last = pieces.at(-1);
    if (last?.descriptor === descriptor && last.position + last.length === position) {
      pieces[pieces.length - 1] = { ...last, length: last.length + length };
    } else {
      pieces.push({ descriptor, position, offset, length });
    }
    offset += length;
  }
  return pieces;
}

function readPieces(
  frame: Buffer,
  pieces: readonly Piece[],
  from: number,
  done: (whole: boolean) => void,
): void {
  for (let index = from; index < pieces.length; index++) {
    const piece = pieces[index] as Piece;
    const cached = native.preadNow(
      piece.descriptor,
      frame,
      piece.offset,
      piece.length,
      piece.position,
    );
    if (cached === piece.length) continue;
    return readSlowly(frame, piece, Math.max(0, cached), (whole) =>
      whole ? readPieces(frame, pieces, index + 1, done) : done(false),
    );
  }
  return done(true);
}

function readSlowly(
  frame: Buffer,
  piece: Piece,
  already: number,
  done: (whole: boolean) => void,
): void {
  const { descriptor, offset, length, position } = piece;
  read(
    descriptor,
    frame,
    offset + already,
    length - already,
    position + already,
    (error, bytesRead) => {
      if (error !== null || bytesRead === 0) return done(false);
      if (already + bytesRead === length) return done(true);
      return readSlowly(frame, piece, already + bytesRead, done);
    },
  );
}
