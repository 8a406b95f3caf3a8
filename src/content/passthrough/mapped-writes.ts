import { fdatasync, fstatSync } from 'node:fs';
import { promisify } from 'node:util';
import type { FileState } from '../file/file-state.ts';
import { noteAllChanges } from '../file/write.ts';
import { rootOrNone } from '../intents/intent-format.ts';
import { pageFanOut } from '../version.ts';

// A process that maps a backing file shared and writable changes it without anybody telling. That it did shows in the time of the last
// change, which the kernel sets when a page is made writable: so a look begins with a flush, after which each page has to be made
// writable anew. Which blocks changed does not show: all are hashed.

const fdatasyncAsync = promisify(fdatasync);

/** Before 6.13, Linux dates changes by a clock that ticks this slowly: what came in the same tick as the look would not show. */
const coarsestTickMs = 20;

/** Blocks hashed before others get their turn of the worker threads. */
const blocksPerRound = pageFanOut;

/** Resolves when a crash would lose nothing of what is written from now on. */
export async function expectMappedWrites(state: FileState): Promise<void> {
  if (state.mappedWrites) return;
  state.mappedWrites = { seenNs: 0n };
  noteLook(state, changeTimeNs(state.backing.made(state.size).number));
  noteAllChanges(state);
  await state.context.journal.appendDurably({ kind: 'dirty', file: state.file });
}

/** Nobody has it mapped any more, and what was written is known. */
export function endMappedWrites(state: FileState): void {
  if (!state.mappedWrites) return;
  state.mappedWrites = undefined;
  const { context, file, published } = state;
  const root = rootOrNone(published?.root);
  if (published === null) context.journal.forgetChanges(file);
  else context.journal.append({ kind: 'published', file, previous: root, root });
  context.flush.add(file);
  if (state.ahead) noteAllChanges(state);
}

/** Something, perhaps this store, has changed the backing file since the last look. */
export function sawMappedWrite({ mappedWrites, backing }: FileState): boolean {
  if (!mappedWrites) return false;
  const descriptor = backing.descriptor();
  return descriptor !== undefined && changeTimeNs(descriptor.number) !== mappedWrites.seenNs;
}

/** Makes changes of what was written. Only in the file's turn. */
export async function takeMappedWrites(state: FileState): Promise<void> {
  const { mappedWrites } = state;
  if (!mappedWrites || !sawMappedWrite(state)) return;
  const { context, backing } = state;
  const descriptor = context.descriptors.retain(backing.made(state.size));
  const { number } = descriptor;
  try {
    await context.disk.attemptAsync('content.flush-data', () => fdatasyncAsync(number), {
      flushes: number,
    });
    const atNs = changeTimeNs(number);
    for (let block = 0; block < state.shape.blocks; block += blocksPerRound) {
      await touchChanged(state, number, block);
    }
    noteLook(state, atNs);
  } finally {
    context.descriptors.release(descriptor);
  }
}

/** What was changed just before may not be told from what is changed just after: then there has to be another look. */
function noteLook({ mappedWrites, context }: FileState, changedNs: bigint): void {
  const isCertain = context.clock.nowMs() - Number(changedNs / 1_000_000n) > coarsestTickMs;
  if (mappedWrites) mappedWrites.seenNs = isCertain ? changedNs : 0n;
}

/** Of a block that is a change already, the hash counts no more. */
async function touchChanged(state: FileState, descriptor: number, first: number): Promise<void> {
  const end = Math.min(first + blocksPerRound, state.shape.blocks);
  const ofBase: number[] = [];
  for (let block = first; block < end; block += 1) {
    if (state.isOfBase(block)) ofBase.push(block);
    else if (state.dirty.has(block)) state.dirty.touch(block);
    else touch(state, block);
  }
  const { blockSize, context, manifest } = state;
  const pieces = ofBase.map((block) => ({
    position: block * blockSize,
    length: state.lengthOf(block),
  }));
  const hashes = await context.hashing.hash(descriptor, pieces);
  ofBase.forEach((block, at) => {
    if (!manifest.hashOf(block)?.equals(hashes[at]!)) touch(state, block);
  });
}

function touch(state: FileState, block: number): void {
  state.dirty.touch(block);
  state.noteChange();
}

function changeTimeNs(descriptor: number): bigint {
  return fstatSync(descriptor, { bigint: true }).mtimeNs;
}
