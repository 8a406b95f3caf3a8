import { expect, test } from 'vitest';
import { World } from '../../support/world/world.ts';
import { sameTrees } from '../../support/world/same-trees.ts';

// The world in memory that scenarios and the simulation stand on.

test('what one peer does everybody sees once the world is at rest', async () => {
  await using world = new World(['alice', 'bob', 'carol']);
  const alice = world.peer('alice');
  alice.mkdir('/music');
  await alice.write('/music/song', 'la la');
  alice.symlink('/here', 'music/song');
  alice.setxattr('/music', 'user.mood', 'good');
  await alice.chmod('/music/song', 0o600);
  await world.settle();
  expect(await world.peer('carol').read('/music/song')).toBe('la la');
  const [entry] = await world.tree('bob');
  expect(entry).toMatchObject({ path: '/here', type: 'symlink', target: 'music/song' });
  await sameTrees(world);
});

test('a peer that is offline works on, and tells when it is back', async () => {
  await using world = new World(['alice', 'bob']);
  world.offline('bob');
  await world.peer('alice').write('/a', 'of alice');
  await world.peer('bob').write('/b', 'of bob');
  await world.settle();
  expect(world.peer('alice').list()).toEqual(['a']);
  expect(world.peer('bob').list()).toEqual(['b']);
  world.online('bob');
  await world.settle();
  expect(world.peer('alice').list()).toEqual(['a', 'b']);
  expect(await world.peer('bob').read('/a')).toBe('of alice');
});

test('groups that were parted do not hear of each other', async () => {
  await using world = new World(['alice', 'bob', 'carol']);
  world.partition([['alice'], ['bob', 'carol']]);
  await world.peer('bob').write('/b', 'b');
  await world.settle();
  expect(world.peer('carol').list()).toEqual(['b']);
  expect(world.peer('alice').list()).toEqual([]);
  world.heal();
  await world.settle();
  expect(world.peer('alice').list()).toEqual(['b']);
});

test('a restart and a crash lose nothing that was closed', async () => {
  await using world = new World(['alice', 'bob']);
  world.offline('alice', 'bob');
  await world.peer('alice').write('/closed', 'before the crash');
  await world.peer('bob').write('/kept', 'before the restart');
  await world.crash('alice');
  await world.restart('bob');
  expect(await world.peer('alice').read('/closed')).toBe('before the crash');
  expect(await world.peer('bob').read('/kept')).toBe('before the restart');
  world.online('alice', 'bob');
  await world.settle();
  expect(await world.peer('bob').read('/closed')).toBe('before the crash');
});

test('a peer that stopped can be started later, with a clock that is askew', async () => {
  await using world = new World(['alice', 'bob'], { flavour: 'net' });
  await world.stop('bob');
  await world.peer('alice').write('/a', 'while bob was away');
  await world.advance(60_000);
  world.peer('bob').skewMs = -300_000;
  world.start('bob');
  await world.settle();
  expect(await world.peer('bob').read('/a')).toBe('while bob was away');
});

test('two runs of the same steps are the same, bit by bit', async () => {
  const run = async (): Promise<unknown> => {
    await using world = new World(['alice', 'bob', 'carol'], { hasteMs: 1 });
    for (const peer of world.peers) {
      await peer.write('/same', `of ${peer.name}`);
      peer.mkdir('/folder');
      await world.few(3);
    }
    await world.settle();
    await world.crash('bob');
    await world.settle();
    return [world.nowMs, await world.tree('alice'), await world.tree('bob')];
  };
  expect(await run()).toEqual(await run());
});
