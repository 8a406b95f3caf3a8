import { type ByteRange, type Version } from '../version.ts';
import { appendedSince, moveBehind } from './appended.ts';
import { diffFromBase } from './diff-versions.ts';
import type { Extent } from './extents.ts';
import { mergeChangedBlocks } from './merge-blocks.ts';
import { blockLength, type Geometry } from '../merkle/geometry.ts';
import { changesSince, type RecentChange } from './recent-changes.ts';
import { sameVersion, type FileState } from './file-state.ts';
import { NewerVersion } from './newer-version.ts';
import { dropAside } from '../passthrough/aside.ts';
import { takeMappedWrites } from '../passthrough/mapped-writes.ts';
import { incomingOf, takeFrom } from '../passthrough/take-aside.ts';
import { isWhole } from '../passthrough/whole.ts';

/** See ContentStore.adopt. */
export function adopt(state: FileState, version: Version): Promise<readonly ByteRange[]> {
  if (!state.turns.idle) state.stopWaiting(new NewerVersion('another version has come'));
  return Promise.resolve(state.turns.take(() => adoptInTurn(state, version)));
}

async function adoptInTurn(state: FileState, version: Version): Promise<readonly ByteRange[]> {
  if (sameVersion(state.base, version)) {
    state.published = version;
    return finishTaking(state, version);
  }
  if (sameVersion(state.published, version)) return [];
  return replaceBaseUnderChanges(state, version, state.manifest.geometry.size, []);
}

/** See ContentStore.merge. */
export function merge(
  state: FileState,
  version: Version,
  since: Version,
): Promise<readonly ByteRange[] | undefined> {
  if (!state.turns.idle) state.stopWaiting(new NewerVersion('another version has come'));
  return Promise.resolve(state.turns.take(() => mergeInTurn(state, version, since)));
}

async function mergeInTurn(
  state: FileState,
  version: Version,
  since: Version,
): Promise<readonly ByteRange[] | undefined> {
  const changes = changesSince(state, since);
  if (!changes || version.blockSize !== state.blockSize || version.size < since.size) {
    return undefined;
  }
  // What cannot go behind the other's bytes would go over them.
  const isAppended = changes.some(({ appended }) => appended) && version.size > since.size;
  if (isAppended && !appendedSince(state, since.size, changes)) return undefined;
  const { journal } = state.context;
  // The bytes that are changes again were told to the network: a crash must not lose that they are.
  if (state.intent?.durable !== true) {
    await journal.appendDurably({ kind: 'dirty', file: state.file });
  }
  return replaceBaseUnderChanges(state, version, since.size, changes);
}

/** Hashes that the blocks had before these changes. */
function makeDirtyAgain(
  state: FileState,
  changes: readonly RecentChange[],
): Map<number, Buffer | undefined> {
  const formerHashes = new Map<number, Buffer | undefined>();
  for (const { blocks } of changes) {
    for (const [block, { extents, formerHash }] of blocks) {
      if (!formerHashes.has(block)) formerHashes.set(block, formerHash);
      touchAgain(state, block, extents);
    }
  }
  return formerHashes;
}

function touchAgain(state: FileState, block: number, extents: readonly Extent[] | undefined): void {
  const { file, dirty } = state;
  state.context.journal.append({ kind: 'blocks', file, first: block, count: 1, zeros: false });
  if (extents === undefined) dirty.touch(block);
  else if (extents.length === 0) dirty.touch(block, 0, 0);
  for (const { from, to } of extents ?? []) dirty.touch(block, from, to);
}

/** `formerSize` is that of the version on which the local changes were made, `changes` those of them that were published. */
async function replaceBaseUnderChanges(
  state: FileState,
  version: Version,
  formerSize: number,
  changes: readonly RecentChange[],
): Promise<readonly ByteRange[]> {
  if (state.mappedWrites) await takeMappedWrites(state);
  const incoming = await incomingOf(state, version);
  const resume = await state.fetcher.quiesce(state, { first: 0, last: Infinity });
  const before = { version: state.base, geometry: state.manifest.geometry, size: state.size };
  const appended = appendedSince(state, formerSize, changes);
  const formerHashes = makeDirtyAgain(state, changes);
  for (const block of state.dirty.blocks()) {
    if (block >= state.baseBlocks || formerHashes.has(block)) continue;
    formerHashes.set(block, state.manifest.hashOf(block));
  }
  try {
    if (appended && version.size > formerSize) moveBehind(state, appended, version);
    replaceBase(state, version, formerSize);
    if (incoming) await takeFrom(state, incoming);
    resume();
    const changed = incoming?.changed ?? (await diffFromBase(state, before));
    await mergeChangedBlocks(state, (block) => formerHashes.get(block), incoming?.aside);
    return changed;
  } finally {
    resume();
    if (incoming) dropAside(incoming.aside);
  }
}

/** What was brought aside could not take its place before: there was an error of the disk. */
async function finishTaking(state: FileState, version: Version): Promise<readonly ByteRange[]> {
  if (!state.staysWhole || isWhole(state)) return [];
  const incoming = await incomingOf(state, version);
  if (!incoming) return [];
  try {
    await takeFrom(state, incoming);
    return incoming.changed;
  } finally {
    dropAside(incoming.aside);
  }
}

/**
 * The tree's version becomes the base, at no cost but a header: pages are compared when they are first asked for. Local changes stay
 * on top. Nobody may be fetching into the file.
 */
export function replaceBase(
  state: FileState,
  version: Version,
  formerSize = state.manifest.geometry.size,
): void {
  for (const [block, hash] of state.unconfirmed) keepUnconfirmed(state, block, hash);
  state.unconfirmed.clear();
  const { manifest } = state;
  const former = { size: manifest.geometry.size, blocks: manifest.geometry.blocks };
  const cut = state.baseBlocks < former.blocks;
  const sizeIsLocal = cut || state.size < former.size;
  const size = sizeIsLocal ? state.size : sizeOnTop(state, formerSize, version);
  const firstLost = Math.floor(version.size / version.blockSize);
  if (version.size < former.size) manifest.forgetResidencyFrom(firstLost);
  manifest.become(version, manifest.adoptions + 1);
  manifest.recovering = false;
  if (manifest.geometry.levels === 0) {
    manifest.clear();
    manifest.map.remove();
  }
  manifest.saveHeader();
  state.recent = [];
  if (state.appendedFrom !== version.size) state.appendedFrom = undefined;
  state.published = version;
  state.baseBlocks = cut
    ? Math.min(state.baseBlocks, manifest.geometry.blocks)
    : manifest.geometry.blocks;
  const formerShape = state.shape;
  state.setSize(size, version.blockSize);
  // The kernel's readers would take for zeros what has yet to come: see passthrough/take-aside.ts.
  if (!state.staysWhole || size < formerShape.size) state.backing.resize(size);
  forgetHashesOfOtherLength(state, formerShape);
}

/** Local changes are hashed over the bytes that the file has of their block, and at its end that depends on its size. */
function forgetHashesOfOtherLength(state: FileState, former: Geometry): void {
  state.dirty.deleteFrom(state.shape.blocks);
  for (const block of new Set([former.blocks - 1, state.shape.blocks - 1])) {
    const hasOtherLength = blockLength(former, block) !== state.lengthOf(block);
    if (hasOtherLength && state.dirty.has(block)) state.dirty.touch(block, 0, 0);
  }
}

/** A file that grew here stays as long as what was written here. */
function sizeOnTop(state: FileState, formerSize: number, version: Version): number {
  return state.size > formerSize ? Math.max(state.size, version.size) : version.size;
}

function keepUnconfirmed(state: FileState, block: number, hash: Buffer): void {
  if (state.dirty.has(block) || block >= state.shape.blocks) return;
  const { file } = state;
  state.context.journal.append({ kind: 'blocks', file, first: block, count: 1, zeros: false });
  state.dirty.touch(block);
  state.dirty.setHash(block, hash);
}
