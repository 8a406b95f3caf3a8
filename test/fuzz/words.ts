import type { Chance } from '../crash-loop/random.ts';

// The words of steps. There are few names, so that steps meet; which of them are files, directories or links follows from the run.

const directories = ['', '', '', 'd/', 'd/', 'd/e/', 'x/', 's/', 'x/y/', './d/../x/'];
const names = ['a', 'a', 'b', 'b', 'c', 'd', 'e', 's', 'x', 'y'];
const oddNames = [
  ...['\xff\xfe\x80', 'a b', 'new\nline', 'caf\xc3\xa9', '.hidden', '-', '\\', '"', '*'],
  ...['n'.repeat(255), 'n'.repeat(256), `${'\xc3\xa9'.repeat(127)}x`, 'a/', 'd/.', '..', ''],
];

export function path(chance: Chance): string {
  const name = chance.happens(0.06) ? chance.pick(oddNames) : chance.pick(names);
  return chance.pick(directories) + name;
}

export function slot(chance: Chance): string {
  return `#${chance.below(5)}`;
}

export function mapping(chance: Chance): string {
  return `%${chance.below(2)}`;
}

const edges = [0, 1, 511, 512, 4095, 4096, 4097, 65_535, 65_536, 65_537, 131_072, 200_000, 262_144];

/** Somewhere in a file, often where blocks and pages end. */
export function position(chance: Chance): string {
  if (chance.happens(0.02))
    return String(chance.pick([2 ** 31 - 1, 2 ** 31, 2 ** 32 + 5, 2 ** 40]));
  if (chance.happens(0.01)) return String(-1 - chance.below(5000));
  return String(chance.happens(0.5) ? chance.pick(edges) : chance.below(300_000));
}

export function near(chance: Chance): string {
  return String(chance.happens(0.5) ? chance.pick(edges) : chance.below(300_000));
}

export function count(chance: Chance): string {
  if (chance.happens(0.5)) return String(chance.below(200));
  return String(chance.happens(0.5) ? chance.pick(edges) : chance.below(150_000));
}

export function seed(chance: Chance): string {
  return String(chance.below(1_000_000));
}

export function mode(chance: Chance): string {
  const modes = [
    '0644',
    '0600',
    '0666',
    '0755',
    '0777',
    '0700',
    '0444',
    '00',
    '02755',
    '04755',
    '06777',
    '01777',
  ];
  return chance.pick(modes);
}

/** Numbers of the users of the stories, and one that is nobody's. */
export const people = { alice: 64_101, bob: 64_102, team: 64_200 };

export function owner(chance: Chance): string {
  return String(chance.pick([0, people.alice, people.bob, people.team, -1]));
}

export function xattrName(chance: Chance): string {
  const others = [
    'trusted.a',
    'security.b',
    'user.',
    'unknown.a',
    `user.${'l'.repeat(250)}`,
    `user.${'l'.repeat(251)}`,
  ];
  return chance.happens(0.1) ? chance.pick(others) : chance.pick(['user.a', 'user.b', 'user.\xfe']);
}

export function xattrValue(chance: Chance): string {
  return chance.pick(['', 'value', '\x00\xff', 'v'.repeat(100), 'w'.repeat(900)]);
}

export function time(chance: Chance): string {
  return chance.pick([
    'now',
    'omit',
    '1.5',
    '00',
    '1234567890.999999999',
    '4102444800.000000001',
    '-1.25',
  ]);
}
