import { zeroBlockHash } from '../merkle/zeros.ts';
import type { FileState } from './file-state.ts';
import { inTurnUntilDone } from './newer-version.ts';
import { isReady, prepare, type PlannedChange } from './prepare-change.ts';
import { spanOf, type BlockSpan } from './residency.ts';
import { noteTouched } from './write.ts';

/** See OpenContent.punchHole. */
export function punchHole(
  state: FileState,
  position: number,
  length: number,
): void | Promise<void> {
  if (state.turns.idle) {
    const change = planPunch(state, position, length);
    if (!change) return undefined;
    if (isReady(state, change)) return applyPunch(state, change, position, length);
  }
  return inTurnUntilDone(state, async () => {
    const change = planPunch(state, position, length);
    if (!change) return;
    const done = await prepare(state, change);
    try {
      applyPunch(state, change, position, length);
    } finally {
      done();
    }
  });
}

/** Only what is inside the file: beyond its end all is zeros, and the size stays. */
function planPunch(state: FileState, position: number, length: number): PlannedChange | undefined {
  const end = Math.min(position + length, state.size);
  if (end <= position) return undefined;
  const touched = spanOf(state.blockSize, position, end - position);
  const kept = [...new Set([touched.first, touched.last])].filter(
    (block) => state.isOfBase(block) && !isWhole(state, block, position, end),
  );
  return { touched, kept, blocksAfter: state.shape.blocks, cutBlock: Infinity };
}

function isWhole(state: FileState, block: number, position: number, end: number): boolean {
  const start = block * state.blockSize;
  return position <= start && end >= start + state.lengthOf(block);
}

function applyPunch(
  state: FileState,
  { touched }: PlannedChange,
  position: number,
  length: number,
): void {
  state.appendedFrom = undefined;
  const end = Math.min(position + length, state.size);
  for (const [span, zeros] of piecesOf(state, touched, position, end)) {
    noteTouched(state, span, zeros);
  }
  for (let block = touched.first; block <= touched.last; block += 1) {
    const zeros = zeroBlockHash(state.lengthOf(block));
    const whole = isWhole(state, block, position, end);
    if (whole && isZeros(state, block, zeros)) continue;
    state.dirty.touch(block);
    if (whole) state.dirty.setHash(block, zeros);
  }
  state.backing.punch(position, end - position);
  state.noteChange();
}

/** Blocks that keep bytes are told apart from those that become zeros: only the latter may be holes after a crash. */
function piecesOf(
  state: FileState,
  { first, last }: BlockSpan,
  position: number,
  end: number,
): [BlockSpan, boolean][] {
  const from = isWhole(state, first, position, end) ? first : first + 1;
  const to = isWhole(state, last, position, end) ? last : last - 1;
  const pieces: [BlockSpan, boolean][] = [];
  if (from > first) pieces.push([{ first, last: first }, false]);
  if (to < last && last > first) pieces.push([{ first: last, last }, false]);
  if (from <= to) pieces.push([{ first: from, last: to }, true]);
  return pieces;
}

function isZeros(state: FileState, block: number, zeros: Buffer): boolean {
  if (state.dirty.has(block)) return false;
  return block >= state.baseBlocks || (state.manifest.hashOf(block)?.equals(zeros) ?? false);
}
