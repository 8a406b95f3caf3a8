import { getSystemErrorName } from 'node:util';
import { native } from '../../platform/native.ts';
import type { FileState } from './file-state.ts';
import { isReady } from './prepare-change.ts';
import { firstAbsent, spanOf, type BlockSpan } from './residency.ts';
import { noteBeforeWrite, noteWritten, planWrite, recoverFromFailedWrite } from './write.ts';

/**
 * Copies bytes from one backing file to the other inside the kernel: how many, at least one. Undefined where something has to be waited
 * for first, a block of the source or a turn of one of the files: then reading and writing does it.
 */
export function copyRange(
  source: FileState,
  from: number,
  target: FileState,
  to: number,
  length: number,
): Promise<number> | undefined {
  const wanted = Math.min(length, source.backing.size() - from);
  if (wanted <= 0 || source === target || !source.turns.idle || !target.turns.idle)
    return undefined;
  if (firstAbsent(source, spanOf(source.blockSize, from, wanted)) !== undefined) return undefined;
  const change = planWrite(target, to, wanted);
  if (!isReady(target, change)) return undefined;
  // Neither turn has to be waited for, so that two copies the other way round cannot wait for each other.
  return Promise.resolve(
    source.turns.take(() =>
      target.turns.take(() => copy(source, from, target, to, wanted, change.touched)),
    ),
  );
}

async function copy(
  source: FileState,
  from: number,
  target: FileState,
  to: number,
  length: number,
  touched: BlockSpan,
): Promise<number> {
  const { descriptors, disk } = target.context;
  const resume = await target.fetcher.quiesce(target, touched);
  try {
    noteBeforeWrite(target, touched, to);
    const reading = descriptors.retain(source.backing.made(source.size));
    const writing = descriptors.retain(target.backing.made(target.size));
    try {
      for (let done = 0; done < length;) {
        const outcome = await disk.attemptAsync('content.clone', () =>
          native.copyRange(reading.number, from + done, writing.number, to + done, length - done),
        );
        if (outcome <= 0) throw systemError(outcome);
        done += outcome;
      }
    } finally {
      descriptors.release(reading);
      descriptors.release(writing);
    }
    noteWritten(target, touched, to, to + length, false);
    keepHashes(source, from, target, to, length);
    return length;
  } catch (error) {
    recoverFromFailedWrite(target, touched, to);
    throw error;
  } finally {
    resume();
  }
}

/** Whole blocks that are whole blocks there too have the hashes that they had. */
function keepHashes(
  source: FileState,
  from: number,
  target: FileState,
  to: number,
  length: number,
): void {
  const { blockSize } = target;
  const shift = (from - to) / blockSize;
  if (source.blockSize !== blockSize || !Number.isInteger(shift) || source.mappedWrites) return;
  for (let block = Math.ceil(to / blockSize); (block + 1) * blockSize <= to + length; block += 1) {
    const origin = block + shift;
    const isOfBase = source.isOfBase(origin);
    const hash = isOfBase ? source.manifest.hashOf(origin) : source.dirty.hashOf(origin);
    if (hash && source.lengthOf(origin) === blockSize) target.dirty.setHash(block, hash);
  }
}

function systemError(outcome: number): Error {
  const code = outcome === 0 ? 'EIO' : getSystemErrorName(outcome);
  return Object.assign(new Error(`${code}: copy_file_range`), { code, errno: outcome });
}
