import type { FileId } from '../version.ts';
import type { IntentRecord } from './intent-format.ts';

/** A half-open range. */
export interface WrittenBlocks {
  readonly first: number;
  end: number;
  readonly zeros: boolean;
}

/** What the journal says of one file. */
export interface Intent {
  /** Half-open ranges of blocks, in the order of writing; they may overlap. */
  blocks: WrittenBlocks[];
  cut: number | undefined;
  /** A truncation to this size was begun, and nothing says that it was finished. */
  truncatingTo: number | undefined;
  published: { readonly previous: Buffer; readonly root: Buffer } | undefined;
  /** When `published` was said, by the clock that never goes back; after a restart, then. */
  publishedAtMs: number;
  /** On the disk itself, so that a crash of the machine leaves a trace too. */
  durable: boolean;
}

/** Applies a record to the intents; `nowMs` dates it. */
export function applyRecord(
  intents: Map<FileId, Intent>,
  record: IntentRecord,
  nowMs: number,
): void {
  if (record.kind === 'snapshot') return intents.clear();
  if (record.kind === 'done') return void intents.delete(record.file);
  let intent = intents.get(record.file);
  if (!intent) intents.set(record.file, (intent = emptyIntent()));
  if (record.kind === 'blocks') {
    intent.truncatingTo = undefined;
    addBlocks(intent, record.first, record.first + record.count, record.zeros);
  }
  if (record.kind === 'cut') {
    intent.cut = Math.min(intent.cut ?? Infinity, record.block);
    intent.truncatingTo = record.size;
  }
  if (record.kind === 'published') {
    intent.blocks = [];
    intent.cut = undefined;
    intent.truncatingTo = undefined;
    intent.published = { previous: record.previous, root: record.root };
    intent.publishedAtMs = nowMs;
  }
}

function emptyIntent(): Intent {
  return {
    ...{ blocks: [], cut: undefined, truncatingTo: undefined },
    ...{ published: undefined, publishedAtMs: 0, durable: false },
  };
}

function addBlocks(intent: Intent, first: number, end: number, zeros: boolean): void {
  const last = intent.blocks.at(-1);
  const follows = last && last.zeros === zeros && first >= last.first && first <= last.end;
  if (follows) last.end = Math.max(last.end, end);
  else intent.blocks.push({ first, end, zeros });
}

/** Nothing here but what the tree has had for a while. */
export function isSettled(intent: Intent, beforeMs: number): boolean {
  return (
    intent.blocks.length === 0 &&
    intent.cut === undefined &&
    intent.published !== undefined &&
    intent.publishedAtMs < beforeMs
  );
}

/** Records that say the same as the intents. */
export function recordsOf(intents: ReadonlyMap<FileId, Intent>): IntentRecord[] {
  const records: IntentRecord[] = [];
  for (const [file, intent] of intents) {
    records.push({ kind: 'dirty', file });
    if (intent.published) records.push({ kind: 'published', file, ...intent.published });
    records.push(...changeRecordsOf(file, intent));
  }
  return [{ kind: 'snapshot', records: records.length }, ...records];
}

/** An unfinished truncation stays so: its record comes last. */
function changeRecordsOf(file: FileId, intent: Intent): IntentRecord[] {
  const records = intent.blocks.map(({ first, end, zeros }): IntentRecord => {
    return { kind: 'blocks', file, first, count: end - first, zeros };
  });
  if (intent.cut === undefined) return records;
  const { cut: block, truncatingTo } = intent;
  const cut: IntentRecord = { kind: 'cut', file, block, size: truncatingTo ?? 0 };
  if (truncatingTo !== undefined) return [...records, cut];
  const over: IntentRecord = { kind: 'blocks', file, first: block, count: 0, zeros: false };
  return [cut, over, ...records];
}
