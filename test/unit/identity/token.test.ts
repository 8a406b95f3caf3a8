import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatToken, parseToken, type Token } from '../../../src/identity/token.ts';

const golden: Token = {
  network: 'golden',
  flavour: 'lan',
  user: 'Åsa Öberg',
  authorityFingerprint: 'ab'.repeat(32),
  addresses: ['192.0.2.1:1777', '[2001:db8::1]:1777'],
  secret: Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'),
};

const goldenText = readFileSync(
  join(import.meta.dirname, '../../fixtures/identity/token-1.txt'),
  'utf8',
).trim();

test('the golden token is written and read as ever', () => {
  expect(formatToken(golden)).toBe(goldenText);
  expect(parseToken(goldenText)).toEqual(golden);
});

test('every token survives being written and read', () => {
  const token = fc.record({
    network: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/),
    flavour: fc.constantFrom('net' as const, 'lan' as const),
    user: fc.stringMatching(/^[a-z][a-z0-9]{0,20}$/),
    authorityFingerprint: fc.stringMatching(/^[0-9a-f]{64}$/),
    addresses: fc.array(fc.stringMatching(/^[a-z]{1,40}:\d{1,4}$/), {
      minLength: 1,
      maxLength: 16,
    }),
    secret: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes)),
  });
  fc.assert(
    fc.property(token, (it) => {
      expect(parseToken(formatToken(it))).toEqual(it);
    }),
  );
});

test('a token that a mail program broke into lines is still good', () => {
  expect(parseToken(` ${goldenText.replaceAll(/(.{40})/g, '$1\r\n  ')}\n`)).toEqual(golden);
});

test('a token that was cut anywhere is refused with what to do', () => {
  for (let length = 'peerfuse-'.length; length < goldenText.length; length++) {
    expect(parseToken(goldenText.slice(0, length))).toEqual({
      problem: `The token is damaged, probably cut in copying (${length} characters arrived); copy the whole line that "peerfuse invite" printed last.`,
    });
  }
});

test('a token with any one character changed is refused', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 'peerfuse-'.length, max: goldenText.length - 2 }),
      fc.constantFrom('A', 'b', '0', '_', '!', '='),
      (at, character) => {
        fc.pre(goldenText[at] !== character);
        const changed = goldenText.slice(0, at) + character + goldenText.slice(at + 1);
        expect(parseToken(changed)).toHaveProperty('problem');
      },
    ),
  );
});

test('what is no token at all is told what one looks like', () => {
  expect(parseToken('hello')).toEqual({
    problem:
      'This is no token: a token begins with "peerfuse-"; copy the line that "peerfuse invite" printed last.',
  });
});
