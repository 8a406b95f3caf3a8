import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { diskSites, realDisk } from '../../../src/storage/disk.ts';
import { DiskWithSite } from '../../support/hooked-disk.ts';
import { World } from '../../support/world/world.ts';

// Keeping somebody's last copy goes wrong, at every call of the disk that it makes.

const sites = diskSites.filter((site) => site.startsWith('rescue.') || site === 'content.clone');

test.each(sites)(
  'while %s fails nothing is given up, and all is kept once it works',
  async (site) => {
    const disk = new DiskWithSite(site);
    await using world = await openDoc(disk);
    disk.isBroken = true;
    await closeMeanwhile(world);
    await world.advance(20_000);
    expect(disk.calls).toBeGreaterThan(0);
    disk.isBroken = false;
    await world.advance(60_000);
    await expectKept(world);
  },
);

test.each(sites)('a crash before a call of %s loses nothing', async (site) => {
  const disk = new DiskWithSite(site);
  await using world = await openDoc(disk);
  const homes: string[] = [];
  disk.beforeCall = () => {
    if (homes.length < 3) homes.push(world.peer('bob').copyOfHome());
  };
  await closeMeanwhile(world);
  await world.advance(20_000);
  disk.beforeCall = () => undefined;
  expect(homes.length).toBeGreaterThan(0);
  for (const home of homes) {
    await world.crash('bob', { home });
    await world.advance(20_000);
    await expectKept(world);
  }
});

async function openDoc(disk: DiskWithSite): Promise<World> {
  const world = new World(['alice', 'bob'], {
    flavour: 'net',
    disk: (name) => (name === 'bob' ? disk : realDisk),
  });
  await world.peer('alice').write('doc', 'of alice', 0o666);
  await world.peer('alice').chmod('doc', 0o666);
  world.peer('alice').mkdir('d', 0o777);
  await world.settle();
  await world.peer('bob').read('doc');
  return world;
}

async function closeMeanwhile(world: World): Promise<void> {
  world.offline('bob');
  await world.peer('alice').chmod('doc', 0o644);
  await world.peer('alice').chmod('d', 0o755);
  await world.pass(1000);
  await world.peer('bob').write('doc', 'from bob');
  await world.peer('bob').write('d/new', 'new');
  world.peer('bob').mkdir('d/empty');
  world.online('bob');
  await world.settle();
}

async function expectKept(world: World): Promise<void> {
  const bob = world.peer('bob');
  const textOf = (path: string) => {
    const file = join(bob.folder, 'rescued', path);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  };
  expect(textOf('files/doc')).toBe('from bob');
  expect(textOf('files/d/new')).toBe('new');
  expect(textOf('files/doc (2)')).toBeUndefined();
  expect(textOf('changes.txt')).toContain('making the folder /d/empty');
  expect(await bob.read('doc')).toBe('of alice');
}
