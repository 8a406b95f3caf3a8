import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Switchboard } from '../scenario/live/switchboard.ts';
import { freePort } from '../support/free-port.ts';
import { reasonForNoMounts } from '../support/live-network.ts';
import { LivePeer, until } from '../support/live-peer.ts';

/** Made by each of the two in a folder that both made, so that all of it collides. */
const files = 300;

/** The first connection lasts so long, each further one that much longer than the one before. */
const firstConnectionMs = 100;

// Skipped only where the kernel offers no FUSE device: then nothing can be mounted at all.
describe.skipIf(reasonForNoMounts())(
  'a large merge over a network that is cut again and again',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'peerfuse-'));
    const switchboard = new Switchboard();
    const peers: LivePeer[] = [];

    async function add(name: string): Promise<LivePeer> {
      const peer = new LivePeer(folder, name);
      const port = await freePort();
      const number = await switchboard.number(name, peer.home, port);
      const listen = ['--listen', `127.0.0.1:${port}`];
      const [first] = peers;
      peers.push(peer);
      if (first === undefined) {
        await peer.must(
          ...['network', 'create', 'garden', '--flavour', 'lan', '--user', name],
          ...listen,
        );
      } else {
        const token = (await first.must('invite', name)).trimEnd().split('\n').at(-1) ?? '';
        await peer.must('join', token, ...listen);
      }
      const config = join(peer.home, 'config.toml');
      writeFileSync(config, `announce = ["127.0.0.1:${number}"]\n${readFileSync(config, 'utf8')}`);
      await peer.mount();
      return peer;
    }

    beforeAll(async () => {
      for (const name of ['alice', 'bob']) await add(name);
      await until(
        'they are connected',
        async () => (await peers[0]?.status())?.connectedPeers === 1,
      );
      switchboard.allow(() => false);
      for (const peer of peers) await fill(peer);
    });

    afterAll(async () => {
      switchboard.allow(() => true);
      for (const peer of peers.toReversed()) await peer.destroy();
      switchboard.close();
      rmSync(folder, { recursive: true, force: true });
    });

    test('comes to its end, and both have all of both', async () => {
      let cuts = 0;
      const isDone = async () =>
        (await Promise.all(peers.map(names))).every((all) => all.size === 2 * files);
      for (; !(await isDone()); cuts += 1) {
        switchboard.allow(() => true);
        await new Promise((resolve) => setTimeout(resolve, firstConnectionMs * (cuts + 1)));
        switchboard.allow(() => false);
      }
      expect(cuts).toBeGreaterThan(1);
      switchboard.allow(() => true);
      const [alice, bob] = await Promise.all(peers.map(names));
      expect(alice).toEqual(bob);
      for (const [index, peer] of peers.entries()) {
        const other = peers[1 - index]?.name ?? '';
        expect(await fs.readFile(peer.path('both', `${other} 17`), 'utf8')).toBe(`${other} 17`);
        expect(await peer.must('check')).toContain('no problem');
      }
    });
  },
);

async function fill(peer: LivePeer): Promise<void> {
  await fs.mkdir(peer.path('both'));
  for (let index = 0; index < files; index += 1) {
    await fs.writeFile(peer.path('both', `${peer.name} ${index}`), `${peer.name} ${index}`);
  }
}

/** What is shown while it is merged may be gone when it is looked at. */
async function names(peer: LivePeer): Promise<ReadonlySet<string>> {
  const found: string[] = await fs.readdir(peer.path('both')).catch(() => []);
  return new Set(found);
}
