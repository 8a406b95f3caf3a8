import { expect, test } from 'vitest';
import { Chance } from '../../support/world/chance.ts';
import { MortalDisk } from '../../support/world/mortal-disk.ts';
import { World } from '../../support/world/world.ts';

// To change a file whose bytes are elsewhere, its backing file is made first, in two steps: it is empty for a moment.

test.each([
  ['changed in its middle', 4],
  ['made longer', 20],
])(
  'a file of somebody else that is %s keeps its bytes when a kill cuts that short',
  async (_what, position) => {
    const disk = new MortalDisk(() => world.peer('bob').run.end());
    await using world = new World(['alice', 'bob'], {
      disk: (name) => (name === 'bob' ? disk : new MortalDisk(() => {})),
    });
    await world.peer('alice').write('/file', 'some text');
    await world.settle();
    disk.arm({ site: 'content.resize', call: 1, fault: 'killed' }, new Chance(1));
    await expect(world.peer('bob').writeAt('/file', position, 'more')).rejects.toThrow();
    expect(disk.isDead).toBe(true);
    await world.crash('bob', { start: false });
    disk.renew();
    world.start('bob');
    await world.settle();
    expect(await world.peer('alice').read('/file')).toBe('some text');
    expect(await world.peer('bob').read('/file')).toBe('some text');
  },
);
