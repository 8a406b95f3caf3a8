import { z } from 'zod';
import { decodeAs, encode } from './codec.ts';

/** Asks for, or says, what a peer's clock shows. */
export interface ClockMessage {
  /** Of the question, chosen by who asks. */
  readonly id: number;
  /** Milliseconds since 1970; null in a question. */
  readonly nowMs: number | null;
}

/** As far as a date goes in JavaScript and in a stamp. */
const longestMs = 8.64e15;

const format = z.tuple([
  z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  z.int().min(-longestMs).max(longestMs).nullable(),
]);

export function encodeClockMessage({ id, nowMs }: ClockMessage): Uint8Array {
  return encode([id, nowMs]);
}

export function decodeClockMessage(body: Buffer): ClockMessage {
  const [id, nowMs] = decodeAs(format, body);
  return { id, nowMs };
}
