import { expect, test } from 'vitest';
import { PosixError } from '../../../src/vfs/posix-error.ts';
import { FaultyDisk } from '../../support/faulty-disk.ts';
import { World } from '../../support/world/world.ts';

test.each(['log.sync', 'log.append'] as const)(
  'when %s fails for good, fsync and every later change answer EIO, and reading goes on',
  async (site) => {
    let isBroken = false;
    const broken = new FaultyDisk({ site, call: 1, times: Infinity, fault: 'EIO' });
    const disk: typeof broken.attempt = (at, call, effect) => {
      if (isBroken) return broken.attempt(at, call, effect);
      return call();
    };
    await using world = new World(['alice'], {
      disk: () => ({
        attempt: disk,
        attemptAsync: async (at, call, effect) =>
          isBroken ? broken.attemptAsync(at, call, effect) : call(),
      }),
    });
    const alice = world.peer('alice');
    await alice.write('/before', 'still here');
    await world.advance(100);
    isBroken = true;
    const open = await alice.open('/other', 'write');
    await open.write('lost in the air');
    await expect(open.fsync()).rejects.toThrow(PosixError);
    await open.close().catch(() => undefined);
    await world.advance(100);
    expect(codeOf(() => alice.mkdir('/folder'))).toBe('EIO');
    expect(await alice.read('/before')).toBe('still here');
    expect(await alice.read('/other')).toBe('lost in the air');
    isBroken = false;
  },
);

function codeOf(call: () => void): string {
  try {
    call();
    return 'done';
  } catch (error) {
    return error instanceof PosixError ? error.code : String(error);
  }
}
