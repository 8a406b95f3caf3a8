import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { fallocateFlags, native } from '../../platform/native.ts';
import type { FileState } from './file-state.ts';
import { truncate } from './resize.ts';

/** See OpenContent.allocate. Space for missing blocks is reserved like any other. */
export async function allocate(
  state: FileState,
  position: number,
  length: number,
  grow: boolean,
): Promise<void> {
  if (grow && position + length > state.size) await truncate(state, position + length);
  const descriptor = state.context.descriptors.retain(state.backing.made(state.size));
  try {
    const outcome = await state.context.disk.attemptAsync('content.allocate', () =>
      native.fallocateAsync(descriptor.number, fallocateFlags.keepSize, position, length),
    );
    // A disk file system without reservations is no reason to fail: posix_fallocate(3) would not either.
    if (outcome < 0 && outcome !== -constants.errno.EOPNOTSUPP) throw systemError(outcome);
  } finally {
    state.context.descriptors.release(descriptor);
  }
}

function systemError(outcome: number): Error {
  const code = getSystemErrorName(outcome);
  return Object.assign(new Error(`${code}: fallocate`), { code, errno: outcome });
}
