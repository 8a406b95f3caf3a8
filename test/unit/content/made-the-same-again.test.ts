import { expect, test } from 'vitest';
import { World } from '../../support/world/world.ts';

test('a restart does not take back what somebody made the same as it was before the last change here', async () => {
  await using world = new World(['alice', 'bob']);
  const [alice, bob] = [world.peer('alice'), world.peer('bob')];
  await alice.write('/file', 'one');
  await alice.write('/file', 'one and two');
  await world.settle();
  await bob.write('/file', 'one');
  await world.restart('alice');
  await world.settle();
  expect(await alice.read('/file')).toBe('one');
  await world.crash('alice');
  await world.settle();
  expect(await alice.read('/file')).toBe('one');
  expect(await bob.read('/file')).toBe('one');
});
