import { childrenOf } from '../merkle/geometry.ts';
import { zeroNodeHash } from '../merkle/zeros.ts';
import { hasBit } from '../map/bits.ts';
import { slotHash, type Slot } from '../map/slot.ts';
import { pageFanOut } from '../version.ts';
import { copyBytes } from './copy-bytes.ts';
import type { FileState } from './file-state.ts';
import { sync } from './sync.ts';

/** Copied in one call, so that no thread of the pool is taken for long. */
const stepBytes = 16 * 1024 * 1024;

/**
 * Gives `to` what `from` has on this disk of its base: manifest pages, and blocks as far as `to` lists the same hash at the same place.
 * A file without content becomes the same version. Costs what is copied, inside the kernel and shared where the disk file system can;
 * afterwards it is on the disk itself. Both files' turns are the caller's. Cut short anywhere it leaves nothing wrong, since a block
 * counts only after its bytes.
 */
export async function cloneInto(
  from: FileState,
  to: FileState,
  isWanted: () => boolean,
): Promise<void> {
  if (from.manifest.geometry.blocks === 0) return;
  await copyKnown(from, to, isWanted);
  if (!isWanted()) return;
  to.manifest.saveHeaderIfMapped();
  await sync(to);
}

/** The same, but it comes to the disk when the kernel thinks fit. */
export async function copyKnown(
  from: FileState,
  to: FileState,
  isWanted: () => boolean = () => true,
): Promise<void> {
  const { levels, blocks } = from.manifest.geometry;
  if (blocks === 0) return;
  if (levels === 0) await copyPage(from, to, 0);
  else await clonePages(from, to, levels - 1, 0, isWanted);
}

/** The page, then those below it. What is nothing but zeros is known to everybody. */
async function clonePages(
  from: FileState,
  to: FileState,
  level: number,
  index: number,
  isWanted: () => boolean,
): Promise<void> {
  const page = from.manifest.page(level, index);
  if (!page || isOfZeros(from, page)) return;
  installWhereMissing(to, page);
  if (level === 0) return copyPage(from, to, index);
  const children = childrenOf(from.manifest.geometry, level, index);
  for (let child = 0; child < children && isWanted(); child += 1) {
    await clonePages(from, to, level - 1, index * pageFanOut + child, isWanted);
  }
}

function isOfZeros({ blockSize }: FileState, { level, pageHash }: Slot): boolean {
  return pageHash.equals(zeroNodeHash(blockSize, level));
}

function installWhereMissing({ manifest }: FileState, { level, index, pageHash, hashes }: Slot) {
  const missing = manifest.missingOnTheWay(level, index);
  if (missing?.level !== level || !missing.hash.equals(pageHash)) return;
  manifest.install(level, index, Buffer.from(hashes));
}

/** The blocks below one page of level 0. */
export async function copyPage(from: FileState, to: FileState, index: number): Promise<void> {
  const page = from.manifest.page(0, index);
  const era = page?.era ?? 0;
  const blocks = page ? copyableBlocks(from, to, page) : [];
  for (let start = 0; start < blocks.length;) {
    let end = start + 1;
    while (blocks[end] === blocks[start]! + end - start) end += 1;
    await copyRun(from, to, blocks[start]!, end - start);
    start = end;
  }
  if (blocks.length === 0) return;
  for (const block of blocks) to.manifest.markResident(block);
  to.fetcher.arrived();
  const target = to.manifest.page(0, index);
  if (!target) return;
  // What has to be verified there has to be verified here too.
  target.era = Math.min(target.era, era);
  to.manifest.saveSlot(target);
}

function copyableBlocks(from: FileState, to: FileState, page: Slot): number[] {
  const target = to.manifest.page(0, page.index);
  if (!target || from.blockSize !== to.blockSize) return [];
  return Array.from({ length: pageFanOut }, (_, child) => page.index * pageFanOut + child).filter(
    (block) => {
      const child = block % pageFanOut;
      if (!hasBit(page.resident, child) || hasBit(target.resident, child)) return false;
      if (!from.isOfBase(block) || !to.isOfBase(block)) return false;
      const wanted = slotHash(page, child);
      return wanted.length > 0 && wanted.equals(slotHash(target, child));
    },
  );
}

/** Bytes of consecutive blocks, from one backing file to the other. */
async function copyRun(
  from: FileState,
  to: FileState,
  first: number,
  count: number,
): Promise<void> {
  const { descriptors } = from.context;
  const start = first * from.blockSize;
  const end = Math.min(start + count * from.blockSize, from.manifest.geometry.size);
  const source = descriptors.retain(from.backing.made(from.size));
  const target = descriptors.retain(to.backing.made(to.size));
  try {
    for (let at = start; at < end;) {
      const length = Math.min(stepBytes, end - at);
      at += await from.context.disk.attemptAsync('content.clone', () =>
        copyBytes(source.number, target.number, at, length),
      );
    }
  } finally {
    descriptors.release(source);
    descriptors.release(target);
  }
}
