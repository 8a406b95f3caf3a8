import { existsSync } from 'node:fs';
import { type LivePeer, until } from '../../test/support/live-peer.ts';
import { compareTrees } from '../compare-trees.ts';
import { nodeInstallation } from '../node-installation.ts';
import { humanBytes, say } from '../say.ts';

/** Every byte comes from the writer as it is read, and is verified. */
export async function compareThroughAnother(writer: LivePeer, reader: LivePeer): Promise<void> {
  await until(`${reader.name} has heard of everything`, async () => {
    return existsSync(reader.path('node')) && (await writer.status()).pendingOperations === 0;
  });
  await say(
    ({ files, bytes }) =>
      `${reader.name} compares ${files} files (${humanBytes(bytes)}) with the originals: all equal`,
    () => compareTrees(nodeInstallation(), reader.path('node')),
    [reader],
  );
}
