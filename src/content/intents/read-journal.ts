import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FileId } from '../version.ts';
import { decodeRecord, recordLength, type IntentRecord } from './intent-format.ts';
import { applyRecord, type Intent } from './intents.ts';

export function journalPath(directory: string, generation: number): string {
  return join(directory, `intents-${generation}`);
}

export interface FoundJournal {
  readonly intents: Map<FileId, Intent>;
  readonly generation: number;
  readonly paths: string[];
}

/** Generations from the oldest on; one whose opening snapshot is not whole adds nothing, since the older one is still there. */
export function readJournal(directory: string, nowMs: number): FoundJournal {
  const generations = readdirSync(directory)
    .map((name) => /^intents-(\d+)$/.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
  const intents = new Map<FileId, Intent>();
  for (const generation of generations) {
    const records = readRecords(journalPath(directory, generation));
    const [head] = records;
    if (head?.kind !== 'snapshot' || records.length <= head.records) continue;
    for (const record of records) applyRecord(intents, record, nowMs);
  }
  const paths = generations.map((generation) => journalPath(directory, generation));
  return { intents, generation: generations.at(-1) ?? 0, paths };
}

function readRecords(path: string): IntentRecord[] {
  const bytes = readFileSync(path);
  const records: IntentRecord[] = [];
  for (let offset = 0; offset < bytes.length; offset += recordLength) {
    const record = decodeRecord(bytes.subarray(offset, offset + recordLength));
    if (!record) break;
    records.push(record);
  }
  return records;
}
