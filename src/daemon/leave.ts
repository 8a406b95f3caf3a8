import type { Logger } from '../platform/logger.ts';
import type { Peer } from './peer.ts';

// How long peers may take for the last operations: they get what is left when this peer is back.
const farewellMs = 2000;

/** Makes everything durable and tells the peers what they do not have yet, before the parts are closed. */
export async function finishWork(peer: Peer, logger: Logger): Promise<void> {
  try {
    await peer.fileSystem.publishAll();
    await peer.replica.flush();
  } catch (error) {
    logger.error({ error }, 'some changes are not published yet; the next start does it');
  }
  const deadline = performance.now() + farewellMs;
  while (!peer.synchroniser.isSynced() && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
