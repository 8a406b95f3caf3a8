import type { FileState } from './file-state.ts';
import { hashCompleted } from './hash-dirty.ts';
import { inTurnUntilDone } from './newer-version.ts';
import { isReady, prepare, type PlannedChange } from './prepare-change.ts';
import { spanOf, type BlockSpan } from './residency.ts';

/** See OpenContent.write. */
export function write(state: FileState, position: number, data: Uint8Array): void | Promise<void> {
  return writeWhere(state, () => position, data, false);
}

/** See OpenContent.append. */
export function append(state: FileState, data: Uint8Array): void | Promise<void> {
  return writeWhere(state, () => state.size, data, true);
}

/** `where` is asked in the file's turn: before that the end may move. */
function writeWhere(
  state: FileState,
  where: () => number,
  data: Uint8Array,
  appends: boolean,
): void | Promise<void> {
  if (data.length === 0) return undefined;
  if (state.turns.idle) {
    const position = where();
    const change = planWrite(state, position, data.length);
    if (isReady(state, change)) return applyWrite(state, change.touched, position, data, appends);
  }
  // The caller's buffer is its own again when this returns.
  const copy = Buffer.from(data);
  return inTurnUntilDone(state, async () => {
    const position = where();
    const change = planWrite(state, position, copy.length);
    const done = await prepare(state, change);
    try {
      applyWrite(state, change.touched, position, copy, appends);
    } finally {
      done();
    }
  });
}

export function planWrite(state: FileState, position: number, length: number): PlannedChange {
  const end = position + length;
  const written = spanOf(state.blockSize, position, length);
  const tail = growingTail(state, end);
  const touched =
    tail === undefined ? written : { ...written, first: Math.min(tail, written.first) };
  const kept = [...new Set([touched.first, written.first, written.last])].filter(
    (block) => state.isOfBase(block) && !covers(state, block, position, end),
  );
  const sizeAfter = Math.max(state.size, end);
  const blocksAfter = Math.ceil(sizeAfter / state.blockSize);
  return { touched: tail === undefined ? written : touched, kept, blocksAfter, cutBlock: Infinity };
}

/** The last block, when the file is about to grow beyond it: with its length its hash changes. */
export function growingTail(state: FileState, newSize: number): number | undefined {
  if (newSize <= state.size || state.size % state.blockSize === 0) return undefined;
  return state.shape.blocks - 1;
}

function covers(state: FileState, block: number, position: number, end: number): boolean {
  const start = block * state.blockSize;
  return position <= start && end >= start + state.lengthOf(block);
}

function applyWrite(
  state: FileState,
  touched: BlockSpan,
  position: number,
  data: Uint8Array,
  appends: boolean,
): void {
  noteBeforeWrite(state, touched, position);
  try {
    state.backing.write(state.backing.made(state.size), data, position);
  } catch (error) {
    recoverFromFailedWrite(state, touched, position);
    throw error;
  }
  noteWritten(state, touched, position, position + data.length, appends);
}

/** The journal is told first: of the blocks that are written, and of the last one when the file grows beyond it. */
export function noteBeforeWrite(state: FileState, touched: BlockSpan, position: number): void {
  const first = Math.floor(position / state.blockSize);
  noteGrowth(state, first);
  noteTouched(state, { first, last: touched.last });
  if (touched.first < first) noteTouched(state, { first: touched.first, last: touched.first });
}

/** The bytes from `position` to `end` are in the backing file. */
export function noteWritten(
  state: FileState,
  touched: BlockSpan,
  position: number,
  end: number,
  appends: boolean,
): void {
  const first = Math.floor(position / state.blockSize);
  if (touched.first < first) state.dirty.touch(touched.first, 0, 0);
  for (let block = first; block <= touched.last; block += 1) {
    touchBytes(state, block, position, end);
  }
  if (appends) state.appendedFrom ??= position;
  else if (end > (state.appendedFrom ?? Infinity)) state.appendedFrom = undefined;
  if (end > state.size) state.setSize(end);
  state.noteChange();
  hashCompleted(state, position, end);
}

/** Tells the journal before the bytes change; blocks that it knows of already are not told again. */
export function noteTouched(state: FileState, { first, last }: BlockSpan, zeros = false): void {
  let news = false;
  for (let block = first; block <= last && !news; block += 1) news = !state.dirty.has(block);
  if (!news) return;
  const count = last - first + 1;
  state.context.journal.append({ kind: 'blocks', file: state.file, first, count, zeros });
}

/** Tells the journal of zeros that come to be between the end and the block `upTo`. */
export function noteGrowth({ context, file, shape }: FileState, upTo: number): void {
  const { blocks } = shape;
  if (upTo <= blocks) return;
  context.journal.append({ kind: 'grown', file, first: blocks, count: upTo - blocks });
}

/** Tells the journal of all local changes, after what it knew was declared void. */
export function noteAllChanges(state: FileState): void {
  const { file } = state;
  const { journal } = state.context;
  if (state.baseBlocks < state.manifest.geometry.blocks) {
    journal.append({ kind: 'cut', file, block: state.baseBlocks, size: state.size });
    journal.append({ kind: 'blocks', file, first: state.baseBlocks, count: 0, zeros: false });
  }
  if (state.mappedWrites) {
    // Any block may be changed at any moment.
    journal.append({ kind: 'blocks', file, first: 0, count: state.shape.blocks, zeros: false });
    return;
  }
  noteBeyondBase(state);
  for (const block of state.dirty.blocks()) {
    journal.append({ kind: 'blocks', file, first: block, count: 1, zeros: false });
  }
}

function noteBeyondBase({ context, file, baseBlocks, shape }: FileState): void {
  const count = shape.blocks - baseBlocks;
  if (count > 0) context.journal.append({ kind: 'grown', file, first: baseBlocks, count });
}

/** The bytes of [position, end) that lie in this block changed. */
export function touchBytes(state: FileState, block: number, position: number, end: number): void {
  const start = block * state.blockSize;
  const from = Math.max(0, position - start);
  const to = Math.min(state.blockSize, end - start);
  const whole = from === 0 && to === state.blockSize;
  state.dirty.touch(block, from, whole ? Infinity : to);
}

/**
 * Blocks that were here may hold some of the new bytes, as after any failed write(2). Those that were not stay missing: what is in the
 * backing file there is neither the old bytes nor the new ones.
 */
export function recoverFromFailedWrite(
  state: FileState,
  { last }: BlockSpan,
  position: number,
): void {
  const first = Math.floor(position / state.blockSize);
  for (let block = first; block <= last; block += 1) {
    const start = block * state.blockSize;
    if (start >= state.size) break;
    if (state.isHere(block)) state.dirty.touch(block);
  }
  state.backing.resize(state.size);
  state.context.journal.forgetChanges(state.file);
  noteAllChanges(state);
  state.noteChange();
}
