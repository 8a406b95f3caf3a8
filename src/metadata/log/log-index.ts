import type { DeviceId } from '../../identity/ids.ts';
import { hashOfBatch, noHash } from '../codec/batch.ts';
import type { BatchId } from '../replica.ts';
import { inodeFromText, restOfKey } from '../state/tree-key.ts';
import { stampToText } from '../stamp.ts';
import {
  batchKey,
  batchRangeOf,
  deviceKey,
  devicesRange,
  proposalKey,
  waitingKey,
} from '../tables/global-key.ts';
import type { Rows } from '../tables/rows.ts';
import {
  type BatchPosition,
  decodePosition,
  decodeProgress,
  encodePosition,
  encodeProgress,
  encodeProposalRow,
  type DeviceProgress,
} from './device-row.ts';
import type { LogEnd } from './log-end.ts';
import type { PlacedEntry } from './log-entry.ts';
import { recordHeaderBytes } from './log-file.ts';
import { writeSeen } from './seen-rows.ts';

/** Rows that go in one transaction. */
const forgottenAtOnce = 256;

/** What the database says of the logs: how far each goes, and where its batches are. */
export class LogIndex {
  readonly #rows: Rows;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  *devices(): Generator<{ readonly device: DeviceId; readonly progress: DeviceProgress }> {
    for (const { key, value } of this.#rows.all(devicesRange)) {
      const device = inodeFromText(restOfKey(key), 0) as number as DeviceId;
      yield { device, progress: decodeProgress(value) };
    }
  }

  /** Undefined for a batch that is not in the log, or was folded away from it. */
  positionOf({ device, sequence }: BatchId): BatchPosition | undefined {
    const row = this.#rows.peek(batchKey(device, sequence));
    return row && decodePosition(row);
  }

  /** The log continues `end`, without any batch yet. */
  begin(device: DeviceId, end: LogEnd, logBytes: number): DeviceProgress {
    const progress = { ...end, logBytes, certificateSequence: end.sequence };
    this.#rows.transaction(() => this.#rows.put(deviceKey(device), encodeProgress(progress)));
    return progress;
  }

  /** Batches that come after `before`, and how far the log goes with them. `waiting` ones are still to be applied. */
  add(
    device: DeviceId,
    before: DeviceProgress | undefined,
    entries: readonly PlacedEntry[],
    waiting: boolean,
  ): DeviceProgress | undefined {
    let progress = before;
    this.#rows.transaction(() => {
      for (const entry of entries) {
        progress = progressAfter(progress, entry);
        this.#addOne(device, progress, entry, waiting);
      }
      if (progress) this.#rows.put(deviceKey(device), encodeProgress(progress));
    });
    return progress;
  }

  #addOne(
    device: DeviceId,
    { operations }: DeviceProgress,
    entry: PlacedEntry,
    waiting: boolean,
  ): void {
    const rows = this.#rows;
    const { sequence, offset } = entry;
    rows.put(batchKey(device, sequence), encodePosition({ offset, operations }));
    if (waiting) rows.put(waitingKey(device, sequence), encodeWaiting(entry.operations));
    writeSeen(rows, device, entry.seen);
    for (const { stamp, body } of entry.proposals) {
      rows.put(proposalKey(stampToText(stamp)), encodeProposalRow(sequence, body));
    }
  }

  forgetUpTo({ device, sequence }: BatchId): void {
    const rows = this.#rows;
    const range = { ...batchRangeOf(device), end: batchKey(device, sequence + 1) };
    for (let page = rows.first(range, forgottenAtOnce); page.length > 0;) {
      rows.transaction(() => {
        for (const { key } of page) rows.remove(key);
      });
      page = rows.first(range, forgottenAtOnce);
    }
  }
}

/** How many operations wait to be brought into the tree. */
function encodeWaiting(operations: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(operations);
  return bytes;
}

function progressAfter(before: DeviceProgress | undefined, entry: PlacedEntry): DeviceProgress {
  return {
    sequence: entry.sequence,
    operations: (before?.operations ?? 0) + entry.operations,
    logBytes: entry.offset + recordHeaderBytes + entry.bytes.length,
    hash: hashOfBatch(entry.bytes),
    lastStamp: entry.lastStamp,
    certificate: Buffer.from(entry.certificate ?? before?.certificate ?? noHash),
    certificateSequence: entry.certificate ? entry.sequence : (before?.certificateSequence ?? 0),
  };
}
