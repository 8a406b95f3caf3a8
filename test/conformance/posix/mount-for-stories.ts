import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import { LiveNetwork } from '../../support/live-network.ts';

/** A network of one mounted peer, into which all users of this machine may go. */
export async function mountForStories(flavour: 'lan' | 'net'): Promise<LiveNetwork> {
  const network = await LiveNetwork.create('alice', { flavour, mount: ['--allow-other'] });
  chmodSync(network.directory, 0o755);
  chmodSync(dirname(network.first.mountpoint), 0o755);
  return network;
}
