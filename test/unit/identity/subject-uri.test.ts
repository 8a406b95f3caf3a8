import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maximumDeviceId, type DeviceId, type UserId } from '../../../src/identity/ids.ts';
import { isUserName } from '../../../src/identity/names.ts';
import {
  maximumUserId,
  parseRequestUri,
  parseSubjectUri,
  subjectUri,
} from '../../../src/identity/subject-uri.ts';

const subject = fc.record({
  network: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/),
  user: fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).filter(isUserName),
  uid: fc.integer({ min: 0, max: maximumUserId }).map((uid) => uid as UserId),
  device: fc.integer({ min: 1, max: maximumDeviceId }).map((device) => device as DeviceId),
});

test('every subject survives being written and read', () => {
  fc.assert(
    fc.property(subject, (it) => {
      expect(parseSubjectUri(subjectUri(it))).toEqual(it);
    }),
  );
});

test.each([
  'peerfuse://garden/alice?uid=01000&device=1',
  'peerfuse://garden/%61lice?uid=1000&device=1',
  'peerfuse://garden/alice?device=1&uid=1000',
  'peerfuse://garden/alice?uid=4294967295&device=1',
  'peerfuse://garden/alice?uid=1000&device=1048576',
  'peerfuse://garden/al%2Fice?uid=1000&device=1',
  'peerfuse://garden/%FF?uid=1000&device=1',
  'peerfuse://gar%20den/alice?uid=1000&device=1',
  'peerfuse://garden/alice?uid=1000&device=1#',
  'https://garden/alice?uid=1000&device=1',
])('a second spelling or a bad value is none: %s', (uri) => {
  expect(parseSubjectUri(uri)).toBeUndefined();
});

test('a request names no device', () => {
  expect(parseRequestUri('peerfuse://garden/alice?uid=1000')).toEqual({
    ...{ network: 'garden', user: 'alice', preferredUid: 1000 },
  });
  expect(parseRequestUri('peerfuse://garden/alice?uid=1000&device=1')).toBeUndefined();
});

test.each(['alice', 'Åsa Öberg', 'a.b-c_d', '7', '李'])('%s can be a user', (name) => {
  expect(isUserName(name)).toBe(true);
});

test.each([
  '',
  ' a',
  'a ',
  'a  b',
  '.a',
  'a/b',
  'a\nb',
  'a\0',
  '../a',
  'a\u202Eb',
  'A\u030Asa',
  'x'.repeat(65),
])('%j cannot be a user', (name) => expect(isUserName(name)).toBe(false));
