import { native } from '../../platform/native.ts';
import { isPublished, type Intent } from '../intents/intents.ts';
import { hasBit } from '../map/bits.ts';
import type { MapHeader } from '../map/map-format.ts';
import { defaultBlockSize, pageFanOut, type Version } from '../version.ts';
import { replaceBase } from './adopt.ts';
import { sameVersion, type FileState } from './file-state.ts';
import { firstLostPage, isListed, touchBytesFrom } from './salvage.ts';

// What the disk says of a file that comes into memory, in the light of what the tree says (`version`) and of the intent journal.

export function loadState(state: FileState, version: Version | null): void {
  const { intent } = state;
  const header = version || intent ? state.manifest.map.readHeader() : undefined;
  if (intent && (intent.unclean || state.backing.exists)) recover(state, version, header, intent);
  else loadPublished(state, version, header);
}

/** Nothing but what peers know: the map may be of an older version. */
function loadPublished(
  state: FileState,
  version: Version | null,
  header: MapHeader | undefined,
): void {
  state.published = version;
  if (!version) return state.setSize(0, defaultBlockSize);
  if (header && !sameVersion(header.version, version)) {
    startFrom(state, header.version, header.adoptions);
    return replaceBase(state, version);
  }
  startFrom(state, version, header?.adoptions ?? 0);
  if (!header) state.manifest.saveHeaderIfMapped();
  if (state.backing.exists && state.backing.size() !== version.size) {
    state.backing.resize(version.size);
  }
}

function startFrom(state: FileState, base: Version, adoptions: number): void {
  state.manifest.become(base, adoptions);
  state.baseBlocks = state.manifest.geometry.blocks;
  state.setSize(base.size, base.blockSize);
}

/** A file that was being changed when the process or the machine died. */
function recover(
  state: FileState,
  version: Version | null,
  header: MapHeader | undefined,
  intent: Intent,
): void {
  if (version && isPublished(intent)) return loadPublished(state, version, header);
  const base = intent.unclean
    ? baseAfterLoss(state, version, header)
    : (header?.version ?? baseWithoutMap(version));
  if (base) startFrom(state, base, header?.adoptions ?? 0);
  state.published = version;
  // After a loss of power peers are asked first: see salvage.ts.
  state.manifest.recovering = base !== null && !intent.unclean;
  state.salvaging = base !== null && (intent.unclean || firstLostPage(state) !== undefined);
  if (intent.cut !== undefined) state.baseBlocks = Math.min(state.baseBlocks, intent.cut);
  finishTruncation(state, intent);
  finishCreation(state, intent);
  layChangesOnTop(state, intent);
  // After a crash of the machine the journal may lack what was written there, or that it was cut off.
  if (intent.unclean) touchBytesFrom(state, state.baseBlocks);
  if (state.manifest.geometry.levels === 0 && mayHoldUntold(intent))
    compareOnlyBlock(state, intent);
  state.changedAtMs = state.context.clock.nowMs();
  if (version && base && (isBehind(intent, version, base) || !isKnownTo(intent, version, base))) {
    replaceBase(state, version);
  }
}

/** Header and pages of the map reached the disk each for itself: the version that they say more of is the one to begin with. */
function baseAfterLoss(
  state: FileState,
  version: Version | null,
  header: MapHeader | undefined,
): Version | null {
  if (!header || !version || sameVersion(header.version, version))
    return header?.version ?? version;
  for (const each of [header.version, version]) {
    startFrom(state, each, header.adoptions);
    if (firstLostPage(state) === undefined) return each;
  }
  return header.version;
}

/** A file without a map had at most one block before it was changed. */
function baseWithoutMap(version: Version | null): Version | null {
  return version && version.size <= version.blockSize ? version : null;
}

function finishTruncation({ backing }: FileState, { truncatingTo }: Intent): void {
  if (truncatingTo !== undefined && backing.size() > truncatingTo) backing.resize(truncatingTo);
}

/** A backing file is made empty and then grows to the file's size; whoever died in between truncated nothing. */
function finishCreation({ backing, base }: FileState, intent: Intent): void {
  const { cut, published, unclean } = intent;
  const wasJustMade = backing.size() === 0 && cut === undefined && published === undefined;
  // Its size is on the disk before the file is listed, so that after a loss of power it has been truncated.
  if (wasJustMade && base && !unclean) backing.resize(base.size);
}

function layChangesOnTop(state: FileState, intent: Intent): void {
  state.setSize(sizeFound(state, intent));
  const { blocks } = state.shape;
  if (blocks < state.baseBlocks) state.baseBlocks = blocks;
  // All of them first: looking at the manifest makes zeros of blocks that it says are zeros, unless they are dirty.
  for (const { first, end } of intent.blocks) {
    for (let block = first; block < Math.min(end, blocks); block += 1) state.dirty.touch(block);
  }
  const punched = intent.blocks.filter(({ zeros }) => zeros);
  for (const block of state.dirty.blocks()) {
    const wasPunched = punched.some(({ first, end }) => block >= first && block < end);
    if (!wasPunched && !wasWritten(state, block)) state.dirty.delete(block);
  }
}

/** After a loss of power the end of the file may not have come to the disk; that is not the same as being cut off. */
function sizeFound(state: FileState, { unclean, cut, blocks }: Intent): number {
  const { backing, base } = state;
  const size = backing.size();
  if (cut !== undefined || !base || size >= base.size) return size;
  // Where nothing was changed in the end, what is here may still be as long as a version before.
  const isChanged = unclean
    ? !isListed(state, state.manifest.geometry.blocks - 1)
    : blocks.length > 0;
  if (isChanged) return size;
  backing.made(base.size);
  backing.resize(base.size);
  return base.size;
}

/**
 * The journal is told before the bytes are written. A block that was missing then, and of which something still is, was not written in
 * whole: it is as missing as before.
 */
function wasWritten(state: FileState, block: number): boolean {
  const { manifest, blockSize } = state;
  if (block >= state.baseBlocks || manifest.isOfZeros(block)) return true;
  const descriptor = state.backing.descriptor();
  if (!descriptor) return false;
  const start = block * blockSize;
  const end = start + state.lengthOf(block);
  // Without a map nothing says that it was missing, unless there is nothing at all.
  if (manifest.geometry.levels === 0) {
    const data = native.seekData(descriptor.number, start);
    return data >= 0 && data < end;
  }
  const slot = manifest.leaf(block);
  if (!slot || hasBit(slot.resident, block % pageFanOut)) return true;
  return native.seekHole(descriptor.number, start) >= end;
}

/**
 * Whether there may be changes of which the journal has no blocks: those that it forgot when they were published, and after a crash of
 * the machine any. Otherwise bytes that are not what the tree says are what came of a fetch that was cut short.
 */
function mayHoldUntold({ published, unclean }: Intent): boolean {
  return unclean || published !== undefined;
}

/** A single block is a change unless it is what the tree says: there is nothing else that could vouch for it. */
function compareOnlyBlock(state: FileState, { unclean }: Intent): void {
  if (state.shape.blocks === 0 || state.dirty.has(0) || state.baseBlocks === 0) return;
  const descriptor = state.backing.descriptor();
  // Nothing at all is what is there before anything was fetched.
  if (!descriptor || native.seekData(descriptor.number, 0) < 0) return;
  if (state.hashBlock(0).equals(state.base!.root)) return;
  const { file } = state;
  if (!unclean) state.dirty.touch(0);
  // Others may have what the power took.
  else state.context.journal.append({ kind: 'unflushed', file, first: 0, count: 1 });
}

/** After a loss of power: what was published last is in the tree, and the map is still that of the version before. */
function isBehind({ unclean, published }: Intent, version: Version, base: Version): boolean {
  if (!unclean || !published || sameVersion(version, base)) return false;
  return published.root.equals(version.root) && published.previous.equals(base.root);
}

/** The tree has not moved on since the changes began. */
function isKnownTo(intent: Intent, version: Version, base: Version): boolean {
  return (
    sameVersion(version, base) ||
    (intent.published?.previous.equals(version.root) ?? false) ||
    (intent.published?.root.equals(version.root) ?? false)
  );
}
