import { bitsLength, hasBit, setBit } from '../map/bits.ts';
import { pageOfBlock } from '../merkle/geometry.ts';
import { changeTree, type Tree, type TreeChanges, type TreePage } from '../merkle/tree.ts';
import { pageFanOut, type Version } from '../version.ts';
import { rootOrNone } from '../intents/intent-format.ts';
import { sameVersion, type FileState } from './file-state.ts';
import { hashInWorkers } from './hash-dirty.ts';
import { mergeRest } from './merge-blocks.ts';
import { rememberChange } from './recent-changes.ts';
import { bring, bringPage } from './residency.ts';
import { sawMappedWrite, takeMappedWrites } from '../passthrough/mapped-writes.ts';
import { keepingWhole } from '../passthrough/whole.ts';
import { salvage } from './salvage.ts';
import { noteAllChanges } from './write.ts';

/** Up to this many bytes are hashed on the calling thread: less than 0.2 ms. */
const quickBytes = 256 * 1024;

/** Hashed at once when a writer keeps changing blocks faster than the workers hash them: about 10 ms. */
const lastRoundBytes = 16 * 1024 * 1024;

/** Blocks handed to the workers in one round. */
const blocksPerRound = 4096;

/** A writer that is faster than hashing for so many rounds gets what there is at that moment. */
const maximumRounds = 256;

/** See OpenContent.publish. */
export function publish(state: FileState): Version | undefined | Promise<Version | undefined> {
  // A change under way may be about to add something.
  if (state.turns.idle && !state.ahead && !sawMappedWrite(state)) return undefined;
  if (state.turns.idle && isQuick(state)) return publishNow(state);
  return publishSlowly(state);
}

function isQuick(state: FileState): boolean {
  return (
    !state.salvaging &&
    state.mappedWrites === undefined &&
    state.unmerged.size === 0 &&
    state.dirty.unhashed * state.blockSize <= quickBytes &&
    unfinishedTail(state) === undefined &&
    missingPage(state) === undefined
  );
}

async function publishSlowly(state: FileState): Promise<Version | undefined> {
  if (state.salvaging) await state.turns.take(() => salvage(state));
  if (state.mappedWrites) await state.turns.take(() => takeMappedWrites(state));
  await hashInRounds(state);
  return state.turns.take(async () => {
    if (state.unmerged.size > 0) await mergeRest(state);
    await finishTail(state);
    for (let page = missingPage(state); page !== undefined; page = missingPage(state)) {
      await bringPage(state, page, state.baseBlocks);
    }
    return state.ahead ? publishNow(state) : undefined;
  });
}

async function hashInRounds(state: FileState): Promise<void> {
  for (let round = 0; round < maximumRounds; round += 1) {
    const left = state.dirty.unhashed * state.blockSize;
    const limit = round < 3 ? quickBytes : lastRoundBytes;
    if (left <= limit && state.turns.idle) return;
    const blocks = state.dirty.withoutHash(blocksPerRound);
    if (blocks.length > 0) await hashInWorkers(state, blocks);
    // The background hashing has the rest: its results come with the next messages.
    else await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The base's shorter last block in the middle of a file that is longer here: its bytes are needed to hash it at its new length. */
function unfinishedTail(state: FileState): number | undefined {
  const block = state.manifest.geometry.blocks - 1;
  if (block < 0 || !state.isOfBase(block)) return undefined;
  const baseEnd = state.manifest.geometry.size;
  const sameLength = baseEnd - block * state.blockSize === state.lengthOf(block);
  return sameLength ? undefined : block;
}

async function finishTail(state: FileState): Promise<void> {
  const tail = unfinishedTail(state);
  if (tail === undefined) return;
  await bring(state, { first: tail, last: tail }, state.waitSignal);
  state.dirty.touch(tail, 0, 0);
}

/** A level-0 page of the base that the next version is made from and that is not here. */
function missingPage(state: FileState): number | undefined {
  if (state.manifest.geometry.levels === 0) return undefined;
  const pages = new Set<number>();
  for (const block of state.dirty.blocks()) pages.add(pageOfBlock(block));
  pages.add(pageOfBlock(state.baseBlocks));
  if (state.shape.blocks > 0) pages.add(pageOfBlock(state.shape.blocks - 1));
  for (const page of pages) {
    if (state.manifest.missingOnTheWay(0, page, state.baseBlocks)) return page;
  }
  return undefined;
}

function publishNow(state: FileState): Version | undefined {
  for (const block of state.dirty.withoutHash(Infinity)) {
    state.dirty.setHash(block, state.hashBlock(block));
  }
  for (const block of state.dirty.blocks()) {
    if (!state.dirty.hashOf(block)) state.dirty.setHash(block, state.hashBlock(block));
  }
  const tree = changeTree(changesOf(state));
  const version = { size: state.size, blockSize: state.blockSize, root: tree.root };
  rememberChange(state, version);
  become(state, version, tree);
  if (!sameVersion(version, state.published)) return version;
  // The same bytes were written again: the tree has them, so they are nothing that goes on top of the next version.
  published(state, version);
  return undefined;
}

function changesOf(state: FileState): TreeChanges {
  const { manifest, dirty } = state;
  return {
    geometry: state.shape,
    base: manifest.geometry,
    baseRoot: rootOrNone(manifest.version?.root),
    baseBlocks: state.baseBlocks,
    changedBlocks: dirty.blocks(),
    blockHash: (block) => dirty.hashOf(block),
    basePage(level, index) {
      const page = manifest.page(level, index);
      if (!page)
        throw new Error(`manifest page ${level}/${index} of file ${state.file} is not here`);
      return page.hashes;
    },
  };
}

/** Slots first, then the header: a crash in between leaves pages that the journal's blocks lead to. */
function become(state: FileState, version: Version, tree: Tree): void {
  const { manifest } = state;
  const residency = tree.pages.map((page) => residencyOf(state, page));
  const noteWhole = keepingWhole(state);
  if (state.shape.levels === 0) {
    manifest.map.remove();
    manifest.clear();
  }
  manifest.recovering = false;
  manifest.become(version, manifest.adoptions);
  tree.pages.forEach((page, at) => {
    const { resident, era } = residency[at]!;
    manifest.replace(page, resident, era);
  });
  if (state.shape.blocks === 1) rememberOnlyBlock(state, version);
  // Only now may the disk refuse: then all is in memory and still counts as changed, and is saved with the next attempt.
  manifest.save();
  manifest.saveHeader();
  for (const block of state.dirty.blocks()) {
    state.unconfirmed.set(block, state.dirty.hashOf(block)!);
  }
  state.dirty.clear();
  state.unmerged.clear();
  state.appendedFrom = undefined;
  state.completed.length = 0;
  state.baseBlocks = state.shape.blocks;
  noteWhole();
}

function rememberOnlyBlock(state: FileState, { root }: Version): void {
  const resident = new Uint8Array(bitsLength);
  setBit(resident, 0);
  const page = { level: 0, index: 0, hashes: root, hash: root };
  state.manifest.replace(page, resident, state.context.era);
}

function residencyOf(state: FileState, page: TreePage): { resident: Uint8Array; era: number } {
  const resident = new Uint8Array(bitsLength);
  let { era } = state.context;
  if (page.level > 0) return { resident, era };
  for (let child = 0; child < pageFanOut; child += 1) {
    const block = page.index * pageFanOut + child;
    if (block >= state.shape.blocks) break;
    if (!state.isOfBase(block)) setBit(resident, child);
    else {
      const slot = state.manifest.leaf(block);
      if (!slot || !hasBit(slot.resident, child)) continue;
      setBit(resident, child);
      era = Math.min(era, slot.era);
    }
  }
  return { resident, era };
}

/** See OpenContent.published. */
export function published(state: FileState, version: Version): void {
  const previous = rootOrNone(state.published?.root);
  state.published = version;
  state.unconfirmed.clear();
  if (!state.changed) state.changedAtMs = undefined;
  if (!state.intent) return;
  const { journal } = state.context;
  journal.append({ kind: 'published', file: state.file, previous, root: version.root });
  state.context.flush.add(state.file);
  // Bytes written since are changes of their own.
  if (state.changed || state.mappedWrites) noteAllChanges(state);
}
