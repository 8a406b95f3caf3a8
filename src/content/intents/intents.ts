import type { FileId } from '../version.ts';
import type { IntentRecord } from './intent-format.ts';

/** Half-open. */
export interface BlockRange {
  readonly first: number;
  end: number;
}

export interface WrittenBlocks extends BlockRange {
  readonly zeros: boolean;
}

/** What the journal says of one file. */
export interface Intent {
  /** Half-open ranges of blocks, in the order of writing; they may overlap. */
  blocks: WrittenBlocks[];
  /** Zeros between what was the end and what was written behind it, or the new end. */
  grown: BlockRange[];
  cut: number | undefined;
  /** A truncation to this size was begun, and nothing says that it was finished. */
  truncatingTo: number | undefined;
  published: { readonly previous: Buffer; readonly root: Buffer } | undefined;
  /** When `published` was said, by the clock that never goes back; after a restart, then. */
  publishedAtMs: number;
  /** What was published and may not be on the disk itself yet. */
  unflushed: BlockRange[];
  /** On the disk itself, so that a crash of the machine leaves a trace too. */
  durable: boolean;
  /** The machine stopped meanwhile: the disk may lack what was written, and even that it was. */
  unclean: boolean;
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
  switch (record.kind) {
    case 'dirty':
      intent.unclean ||= record.unclean === true;
      return;
    case 'blocks':
      intent.truncatingTo = undefined;
      addBlocks(intent.blocks, record.first, record.first + record.count, record.zeros);
      return;
    case 'cut':
      intent.cut = Math.min(intent.cut ?? Infinity, record.block);
      intent.truncatingTo = record.size;
      return;
    case 'unflushed':
      addRange(intent.unflushed, record.first, record.first + record.count);
      return;
    case 'grown':
      addRange(intent.grown, record.first, record.first + record.count);
      return;
    case 'published':
      becomePublished(intent, record, nowMs);
  }
}

function becomePublished(
  intent: Intent,
  { previous, root }: { readonly previous: Buffer; readonly root: Buffer },
  nowMs: number,
): void {
  for (const { first, end } of [...intent.grown, ...intent.blocks]) {
    addRange(intent.unflushed, first, end);
  }
  intent.blocks = [];
  intent.grown = [];
  intent.cut = undefined;
  intent.truncatingTo = undefined;
  intent.published = { previous, root };
  intent.publishedAtMs = nowMs;
  intent.unclean = false;
}

function emptyIntent(): Intent {
  return {
    ...{ blocks: [], grown: [], cut: undefined, truncatingTo: undefined, unflushed: [] },
    ...{ published: undefined, publishedAtMs: 0, durable: false },
    unclean: false,
  };
}

function addBlocks(ranges: WrittenBlocks[], first: number, end: number, zeros: boolean): void {
  const last = ranges.at(-1);
  if (last?.zeros === zeros && extend(last, first, end)) return;
  ranges.push({ first, end, zeros });
}

function addRange(ranges: BlockRange[], first: number, end: number): void {
  const last = ranges.at(-1);
  if (first < end && !(last && extend(last, first, end))) ranges.push({ first, end });
}

/** False when the range does not begin in the other or right behind it. */
function extend(range: BlockRange, first: number, end: number): boolean {
  if (first < range.first || first > range.end) return false;
  range.end = Math.max(range.end, end);
  return true;
}

/** Nothing here but what the tree has. */
export function isPublished({ blocks, cut, published, unclean }: Intent): boolean {
  return blocks.length === 0 && cut === undefined && published !== undefined && !unclean;
}

/** Records that say the same as the intents. */
export function recordsOf(intents: ReadonlyMap<FileId, Intent>): IntentRecord[] {
  const records: IntentRecord[] = [];
  for (const [file, intent] of intents) {
    const { published, unflushed, unclean } = intent;
    if (published) records.push({ kind: 'published', file, ...published });
    records.push({ kind: 'dirty', file, ...(unclean && { unclean }) });
    for (const { first, end } of unflushed) {
      records.push({ kind: 'unflushed', file, first, count: end - first });
    }
    records.push(...changeRecordsOf(file, intent));
  }
  return [{ kind: 'snapshot', records: records.length }, ...records];
}

/** An unfinished truncation stays so: its record comes last. */
function changeRecordsOf(file: FileId, intent: Intent): IntentRecord[] {
  const records: IntentRecord[] = [];
  for (const { first, end } of intent.grown) {
    records.push({ kind: 'grown', file, first, count: end - first });
  }
  for (const { first, end, zeros } of intent.blocks) {
    records.push({ kind: 'blocks', file, first, count: end - first, zeros });
  }
  if (intent.cut === undefined) return records;
  const { cut: block, truncatingTo } = intent;
  const cut: IntentRecord = { kind: 'cut', file, block, size: truncatingTo ?? 0 };
  if (truncatingTo !== undefined) return [...records, cut];
  const over: IntentRecord = { kind: 'blocks', file, first: block, count: 0, zeros: false };
  return [cut, over, ...records];
}
