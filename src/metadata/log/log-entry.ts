import type { Batch, StampedBody } from '../codec/batch.ts';
import { kindNumberOf } from '../codec/operation-codec.ts';
import { checkpoint } from '../operations/checkpoint.ts';
import type { Frontier } from '../replica.ts';
import { stampToText } from '../stamp.ts';

/** What the index needs to know of a batch. */
export interface LogEntry {
  readonly bytes: Buffer;
  readonly sequence: number;
  readonly seen: Frontier;
  readonly certificate: Buffer | null;
  /** How many there are. */
  readonly operations: number;
  /** Of the last operation, as text. */
  readonly lastStamp: string;
  /** Operations among them that ask for a checkpoint. */
  readonly proposals: readonly StampedBody[];
}

/** In the device's log file. */
export type PlacedEntry = LogEntry & { readonly offset: number };

export function logEntry(batch: Batch, bytes: Buffer): LogEntry {
  const { sequence, seen, certificate, operations } = batch;
  const last = operations.at(-1)?.operation.stamp;
  const lastStamp = last ? stampToText(last) : '';
  const stamped = operations.map(({ operation: { stamp }, body }) => ({ stamp, body }));
  const proposals = proposalsAmong(stamped);
  const count = operations.length;
  return { bytes, sequence, seen, certificate, operations: count, lastStamp, proposals };
}

export function proposalsAmong(operations: readonly StampedBody[]): StampedBody[] {
  return operations.filter(({ body }) => kindNumberOf(body) === checkpoint.number);
}
