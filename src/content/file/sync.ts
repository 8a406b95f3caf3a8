import { close, fdatasync, fsync, open } from 'node:fs';
import { promisify } from 'node:util';
import { folderOf } from '../backing/paths.ts';
import type { Descriptor } from '../backing/descriptors.ts';
import type { DiskSite } from '../../storage/disk.ts';
import type { FileState } from './file-state.ts';

const fdatasyncAsync = promisify(fdatasync);
const openAsync = promisify(open);
const fsyncAsync = promisify(fsync);
const closeAsync = promisify(close);

/** See OpenContent.sync. */
export async function sync(state: FileState): Promise<void> {
  state.manifest.save();
  // All at once, so that they share what the disk file system has to write for each.
  await Promise.all([
    flush(state, 'content.flush-data', state.backing.descriptor()),
    flush(state, 'content.flush-map', state.manifest.map.descriptor()),
    flushFolder(state),
    state.context.journal.noted(),
  ]);
}

/** What is here of a published version, before the first of it is changed: what is missing after a loss of power was taken away here. */
export async function syncBytes(state: FileState): Promise<void> {
  await flush(state, 'content.flush-data', state.backing.made(state.size));
  await flushFolder(state);
}

async function flush(
  state: FileState,
  site: DiskSite,
  descriptor: Descriptor | undefined,
): Promise<void> {
  if (!descriptor) return;
  const { descriptors, disk } = state.context;
  descriptors.retain(descriptor);
  try {
    await disk.attemptAsync(site, () => fdatasyncAsync(descriptor.number), {
      flushes: descriptor.number,
    });
  } finally {
    descriptors.release(descriptor);
  }
}

/** A new file is on the disk only when its name is. Once per file while it is in memory. */
async function flushFolder(state: FileState): Promise<void> {
  if (state.folderFlushed || !state.backing.exists) return;
  const folder = folderOf(state.context.directory, state.file);
  await state.context.disk.attemptAsync('content.flush-folder', async () => {
    const descriptor = await openAsync(folder, 'r');
    try {
      await fsyncAsync(descriptor);
    } finally {
      await closeAsync(descriptor);
    }
  });
  state.folderFlushed = true;
}
