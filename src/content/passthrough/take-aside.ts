import { constants } from 'node:os';
import { fallocateFlags, native } from '../../platform/native.ts';
import { ContentUnavailable } from '../content-store.ts';
import { copyKnown } from '../file/clone.ts';
import type { FileState } from '../file/file-state.ts';
import { pageFanOut, type ByteRange, type Version } from '../version.ts';
import { dropAside, takeReadyAside } from './aside.ts';
import { differingSpans } from './differing.ts';
import { isWhole } from './whole.ts';

/** What adopting a version needs of it when the kernel reads the file by itself: all that differs, beside the file. */
export interface Incoming {
  readonly aside: FileState;
  /** Where the bytes differ from those of the version here. */
  readonly changed: readonly ByteRange[];
}

/** Only in the file's turn. Rejects with ContentUnavailable when the file must stay whole and would not. */
export async function incomingOf(
  state: FileState,
  version: Version,
): Promise<Incoming | undefined> {
  const aside = takeReadyAside(state, version);
  if (!aside) {
    if (!state.staysWhole) return undefined;
    throw new ContentUnavailable('what differs in the new version is not here yet');
  }
  try {
    const changed = rangesOf(state, aside);
    await reserve(state, changed);
    return { aside, changed };
  } catch (error) {
    dropAside(aside);
    throw error;
  }
}

/** After the version became the base: its bytes take their places, from the first to the last, so that none of them is zeros before. */
export async function takeFrom(state: FileState, { aside }: Incoming): Promise<void> {
  await copyKnown(aside, state);
  await makeZeros(state);
  state.backing.resize(state.size);
}

/** Whoever looks at a block that is to be zeros makes it so. */
async function makeZeros(state: FileState): Promise<void> {
  for (let seen = -1; !isWhole(state) && state.wholePages.pages > seen;) {
    seen = state.wholePages.pages;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function rangesOf(state: FileState, aside: FileState): ByteRange[] {
  const { blocks, size } = aside.manifest.geometry;
  const ranges: ByteRange[] = [];
  for (let page = 0; page * pageFanOut < blocks; page += 1) {
    for (const { first, last } of differingSpans(state, aside, page)) {
      const position = first * aside.blockSize;
      ranges.push({ position, length: Math.min((last + 1) * aside.blockSize, size) - position });
    }
  }
  const end = Math.min(size, state.size);
  const cut = Math.max(size, state.size) - end;
  return cut > 0 ? [...ranges, { position: end, length: cut }] : ranges;
}

/** A full disk must refuse before anything has changed. */
async function reserve(state: FileState, ranges: readonly ByteRange[]): Promise<void> {
  const { descriptors, disk } = state.context;
  const descriptor = descriptors.retain(state.backing.made(state.size));
  try {
    for (const { position, length } of ranges) {
      const outcome = await disk.attemptAsync('content.allocate', () =>
        native.fallocateAsync(descriptor.number, fallocateFlags.keepSize, position, length),
      );
      if (outcome === -constants.errno.ENOSPC || outcome === -constants.errno.EDQUOT) {
        throw Object.assign(new Error('ENOSPC: fallocate'), { code: 'ENOSPC', errno: outcome });
      }
    }
  } finally {
    descriptors.release(descriptor);
  }
}
