import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import { LiveNetwork } from '../../support/live-network.ts';
import { usualActor } from './story.ts';
import { userOf } from './users.ts';

/** A network of one mounted peer, into which all users of this machine may go; on `net` as the usual actor. */
export async function mountForStories(flavour: 'lan' | 'net'): Promise<LiveNetwork> {
  const { uid, gid } = userOf(usualActor);
  const owner = flavour === 'net' ? ['--owner', `${uid}:${gid}`] : [];
  const mount = ['--allow-other', ...owner];
  const network = await LiveNetwork.create('alice', { flavour, mount });
  chmodSync(network.directory, 0o755);
  chmodSync(dirname(network.first.mountpoint), 0o755);
  return network;
}
