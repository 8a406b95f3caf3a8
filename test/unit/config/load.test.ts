import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { initialConfig, withList } from '../../../src/config/edit.ts';
import { flavours, isFlavour } from '../../../src/config/flavours.ts';
import { isListenAddress, isPeerAddress } from '../../../src/config/listen-address.ts';
import { loadConfig, parseConfig } from '../../../src/config/load.ts';
import { formatSize, parseDuration, parseSize } from '../../../src/config/quantity.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

test('a file that is empty or missing means the defaults', () => {
  using directory = temporaryDirectory();
  const defaults = parseConfig('', 'config.toml');
  expect(loadConfig(join(directory.path, 'config.toml'))).toEqual(defaults);
  expect(defaults).toMatchObject({ listen: ['[::]:1777'], workers: 1 });
});

test('sizes and durations are read as people write them', () => {
  const text = 'waitForPeers = "2m"\nreadAhead = "1.5 GiB"';
  expect(parseConfig(text, 'config.toml')).toMatchObject({
    ...{ waitForPeers: 120_000, readAhead: 1.5 * 2 ** 30 },
  });
});

test.each([
  ['workers = 0', '"workers" must be a whole number from 1 to 16.'],
  ['workers = "2"', '"workers" must be a whole number from 1 to 16.'],
  ['logLevel = "loud"', '"logLevel" must be one of "debug", "info", "warn", "error".'],
  ['readAhead = 5', '"readAhead" must be a size such as "512 MiB" (B, KiB, MiB, GiB, TiB).'],
  ['waitForPeers = "soon"', '"waitForPeers" must be a duration such as "90s" (ms, s, m, h, d).'],
  [
    'connect = ["a:1", "b"]',
    '"connect[1]" must be HOST:PORT, such as "example.org:1777" or "[2001:db8::1]:1777".',
  ],
  [
    'speed = 1',
    'there is no setting "speed"; the settings are listen, announce, connect, waitForPeers, readAhead, passthrough, givenUp, workers, logLevel.',
  ],
])('%s is answered with the file, the key and what is allowed', (text, problem) => {
  expect(() => parseConfig(text, '/home/config.toml')).toThrow(`/home/config.toml: ${problem}`);
});

test('what is not TOML is answered with its line', () => {
  expect(() => parseConfig('workers = 2\nlisten = [', '/home/config.toml')).toThrow(
    /^\/home\/config\.toml, line 2: this is not TOML/,
  );
});

test.each(['0.0.0.0:1777', '[::]:0', 'localhost:1', '[fe80::1]:65535', 'a-b.example:80'])(
  '%s can be listened at',
  (text) => expect(isListenAddress(text)).toBe(true),
);

test.each([
  '1777',
  ':1777',
  '::1:1777',
  '[1.2.3.4]:1',
  '1.2.3:4',
  'a:65536',
  'a b:1',
  '-a:1',
  '[::]',
])('%s is no address', (text) => {
  expect(isListenAddress(text)).toBe(false);
  expect(isPeerAddress(text)).toBe(false);
});

test('nobody can be reached at port 0', () => expect(isPeerAddress('example.org:0')).toBe(false));

test('a list is replaced wherever and however it stands, and nothing else changes', () => {
  const address = fc.constantFrom('[::]:0', '127.0.0.1:0', '0.0.0.0:1777');
  const style = fc.constantFrom(
    (values: string[]) => JSON.stringify(values),
    (values: string[]) => `[\n${values.map((it) => `  '${it}', # ] here\n`).join('')}]`,
  );
  const before = fc.constantFrom('', '# listen = ["x"]\n', 'logLevel = "warn"\n');
  fc.assert(
    fc.property(
      before,
      style,
      fc.array(address),
      fc.array(address),
      (before, style, old, values) => {
        const text = `${before}listen = ${style(old)}\nworkers = 2\n`;
        const changed = withList(text, 'listen', values);
        const expected = { ...parseConfig(text, ''), listen: values };
        expect(parseConfig(changed, '')).toEqual(expected);
        expect(changed.startsWith(before)).toBe(true);
      },
    ),
  );
});

test('a new home begins with a file that can be read', () => {
  const settings = { listen: ['[::]:0'], connect: ['example.org:1777'] };
  expect(parseConfig(initialConfig(settings), '')).toMatchObject(settings);
});

test('sizes are shown in the largest unit that fits', () => {
  expect([0, 1023, 1024, 1536, 2 ** 30].map(formatSize)).toEqual([
    ...['0 B', '1023 B', '1 KiB', '1.5 KiB', '1 GiB'],
  ]);
  expect(parseSize('1e3 B')).toBeUndefined();
  expect(parseDuration('5 minutes')).toBeUndefined();
});

test('the flavours are the two that there are', () => {
  expect(Object.keys(flavours).filter(isFlavour)).toEqual(['net', 'lan']);
  expect(isFlavour('toString')).toBe(false);
});
