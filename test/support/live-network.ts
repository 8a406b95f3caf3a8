import { accessSync, constants, closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LivePeer, until } from './live-peer.ts';

/** Real daemons with real mounts on this machine, over loopback. Disposing of it leaves nothing behind. */
export class LiveNetwork implements AsyncDisposable {
  readonly directory: string;
  readonly peers: LivePeer[] = [];

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** A network whose first peer is mounted. */
  static async create(
    firstName: string,
    options: { flavour?: 'net' | 'lan'; in?: string; mount?: readonly string[] } = {},
  ): Promise<LiveNetwork> {
    const network = new LiveNetwork(mkdtempSync(join(options.in ?? tmpdir(), 'peerfuse-')));
    try {
      const first = network.#newPeer(firstName);
      const flavour = options.flavour ?? 'net';
      await first.must(
        ...['network', 'create', 'garden', '--flavour', flavour],
        ...['--user', firstName, '--listen', '127.0.0.1:0'],
      );
      await first.mount(...(options.mount ?? []));
      return network;
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Two users of one network, both mounted and connected. */
  static async aliceAndBob(): Promise<{ network: LiveNetwork; alice: LivePeer; bob: LivePeer }> {
    const network = await LiveNetwork.create('alice');
    try {
      const bob = await network.join('bob');
      await network.connected(network.first, bob);
      return { network, alice: network.first, bob };
    } catch (error) {
      await network[Symbol.asyncDispose]();
      throw error;
    }
  }

  get first(): LivePeer {
    const [first] = this.peers;
    if (!first) throw new Error('the network has no peers');
    return first;
  }

  /** Another user joins through the first peer. Mounts unless told otherwise. */
  async join(name: string, start: 'mount' | 'serve' | 'not' = 'mount'): Promise<LivePeer> {
    const invitation = await this.first.must('invite', name);
    const token = invitation.trimEnd().split('\n').at(-1) ?? '';
    const peer = this.#newPeer(name);
    await peer.must('join', token, '--listen', '127.0.0.1:0');
    if (start === 'mount') await peer.mount();
    if (start === 'serve') await peer.serve();
    return peer;
  }

  /** Until every running peer given is connected to all the others given. */
  async connected(...peers: LivePeer[]): Promise<void> {
    for (const peer of peers) {
      await until(
        `${peer.name} is connected`,
        async () => (await peer.status()).connectedPeers >= peers.length - 1,
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The first one holds the authority: the others say goodbye to it.
    for (const peer of this.peers.toReversed()) await peer.destroy();
    rmSync(this.directory, { recursive: true, force: true });
  }

  #newPeer(name: string): LivePeer {
    const peer = new LivePeer(this.directory, name);
    this.peers.push(peer);
    return peer;
  }
}

/** Why real mounts cannot be had here, or undefined where they can. */
export function reasonForNoMounts(): string | undefined {
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK);
    closeSync(openSync('/dev/fuse', 'r+'));
    return undefined;
  } catch (error) {
    return `/dev/fuse does not open: ${(error as Error).message}`;
  }
}
