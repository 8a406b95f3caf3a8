import { LiveNetwork, reasonForNoMounts } from '../test/support/live-network.ts';
import { say } from './say.ts';
import { compareThroughAnother } from './steps/compare-through-another.ts';
import { copyIntoTheMount } from './steps/copy-into-the-mount.ts';
import { editInPlace } from './steps/edit-in-place.ts';
import { streamALargeFile } from './steps/stream-a-large-file.ts';

// Three peers on this machine, each with a home and a mount of its own, do what people would do with them. Ends with an error when
// anything differs, and leaves nothing behind, however it ends.

const reason = reasonForNoMounts();
if (reason !== undefined) {
  console.error(`The demo needs real mounts, and ${reason}.`);
  process.exit(1);
}

process.exitCode = await runDemo();

async function runDemo(): Promise<number> {
  const interrupted = new Promise<never>((_resolve, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => reject(new Error('interrupted')));
    }
  });
  const networks = new AsyncDisposableStack();
  try {
    await Promise.race([interrupted, tour(networks)]);
    return 0;
  } catch (error) {
    console.error(`\nThe demo failed: ${(error as Error).message}`);
    return 1;
  } finally {
    await networks.disposeAsync();
    console.log('Everything is unmounted and removed.');
  }
}

async function tour(networks: AsyncDisposableStack): Promise<void> {
  const network = await say('anna creates a network and mounts it', async () => {
    return networks.use(await LiveNetwork.create('anna'));
  });
  const anna = network.first;
  const ben = await say('ben joins with a token from anna', () => network.join('ben'));
  const clara = await say('clara joins, and finds ben through anna', async () => {
    const peer = await network.join('clara');
    await network.connected(anna, ben, peer);
    return peer;
  });
  await copyIntoTheMount(anna, network.peers);
  await compareThroughAnother(anna, ben);
  await streamALargeFile(network, { writer: anna, helper: ben, reader: clara });
  await editInPlace({ editor: ben, watcher: anna });
}
