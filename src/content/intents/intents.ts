import type { FileId } from '../version.ts';
import type { IntentRecord } from './intent-format.ts';

/** What the journal says of one file. */
export interface Intent {
  /** Half-open ranges of blocks, in the order of writing; they may overlap. */
  blocks: { first: number; end: number }[];
  cut: number | undefined;
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
  if (record.kind === 'blocks') addBlocks(intent, record.first, record.first + record.count);
  if (record.kind === 'cut') intent.cut = Math.min(intent.cut ?? Infinity, record.block);
  if (record.kind === 'published') {
    intent.blocks = [];
    intent.cut = undefined;
    intent.published = { previous: record.previous, root: record.root };
    intent.publishedAtMs = nowMs;
  }
}

function emptyIntent(): Intent {
  return { blocks: [], cut: undefined, published: undefined, publishedAtMs: 0, durable: false };
}

function addBlocks(intent: Intent, first: number, end: number): void {
  const last = intent.blocks.at(-1);
  if (last && first >= last.first && first <= last.end) last.end = Math.max(last.end, end);
  else intent.blocks.push({ first, end });
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
    if (intent.cut !== undefined) records.push({ kind: 'cut', file, block: intent.cut });
    for (const { first, end } of intent.blocks) {
      records.push({ kind: 'blocks', file, first, count: end - first });
    }
  }
  return [{ kind: 'snapshot', records: records.length }, ...records];
}
