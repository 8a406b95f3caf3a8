import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { LivePeer } from '../../test/support/live-peer.ts';
import { nodeInstallation } from '../node-installation.ts';
import { say } from '../say.ts';

/** Writing uploads nothing: the other peers only learn what is there now. */
export async function copyIntoTheMount(
  writer: LivePeer,
  receivers: readonly LivePeer[],
): Promise<void> {
  await say(
    `${writer.name} copies Node's installation into the mount`,
    () => promisify(execFile)('cp', ['-a', nodeInstallation(), writer.path('node')]),
    receivers,
  );
}
