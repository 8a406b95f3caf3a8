import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maximumDeviceId, type DeviceId, type UserId } from '../../../src/identity/ids.ts';
import { assignNumbers, type Registered } from '../../../src/identity/numbers.ts';

function register(...requests: readonly [user: string, preferredUid: number, key: string][]) {
  const registered: Registered[] = [];
  for (const [user, preferredUid, key] of requests) {
    const entry = assignNumbers(registered, 'net', { user, preferredUid, key });
    if ('refused' in entry) throw new Error(entry.refused);
    if (!registered.includes(entry)) registered.push(entry);
  }
  return registered;
}

test('a person keeps the number that he has on his machine when it is free', () => {
  expect(register(['alice', 1000, 'k1'], ['bob', 1000, 'k2']).map(({ uid }) => uid)).toEqual([
    1000, 10_001,
  ]);
});

test.each([0, 1, 999, 65_534, 65_535])('nobody brings the system number %i along', (preferred) => {
  expect(register(['alice', preferred, 'k1'])[0]?.uid).toBe(10_001);
});

test('a second device of a user has his uid and a number of its own', () => {
  const [first, second] = register(['alice', 1000, 'k1'], ['alice', 1001, 'k2']);
  expect(second?.uid).toBe(first?.uid);
  expect(second?.device).toBe(2);
});

test('a key that is known gets its own numbers again, unless somebody else shows it', () => {
  const registered = register(['alice', 1000, 'k1']);
  const again = { user: 'alice', preferredUid: 5000, key: 'k1' };
  expect(assignNumbers(registered, 'net', again)).toBe(registered[0]);
  expect(assignNumbers(registered, 'net', { ...again, user: 'bob' })).toHaveProperty('refused');
});

test('on lan every computer has uid 0', () => {
  const request = { user: 'mill', preferredUid: 1000, key: 'k' };
  expect(assignNumbers([], 'lan', request)).toMatchObject({ uid: 0, device: 1 });
});

test('when the last device number is taken, nobody is admitted', () => {
  const device = maximumDeviceId as DeviceId;
  const last = { device, user: 'alice', uid: 1000 as UserId, key: 'k1' };
  const request = { user: 'bob', preferredUid: 0, key: 'k2' };
  expect(assignNumbers([last], 'net', request)).toEqual({
    refused: 'the network has no device numbers left',
  });
});

test('whoever asks, no device number and no uid is given to two', () => {
  const request = fc.tuple(
    fc.constantFrom('alice', 'bob', 'carol', 'dave'),
    fc.constantFrom(0, 1000, 1001, 10_001, 10_002, 65_534),
    fc.uuid(),
  );
  fc.assert(
    fc.property(fc.array(request, { maxLength: 30 }), (requests) => {
      const registered = register(...requests);
      const devices = registered.map(({ device }) => device);
      expect(new Set(devices).size).toBe(devices.length);
      const users = new Set(registered.map(({ user }) => user));
      expect(new Set(registered.map(({ uid }) => uid)).size).toBe(users.size);
      expect(new Set(registered.map(({ uid, user }) => `${uid} ${user}`)).size).toBe(users.size);
    }),
  );
});
