import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

// Who may import whom. A folder that is not listed may import nothing until someone says here what it needs.
const allowedImports: Readonly<Record<string, readonly string[]>> = {
  util: [],
  platform: ['util'],
  config: ['util'],
  crypto: ['util'],
  storage: ['util', 'platform', 'config', 'crypto'],
  locks: ['util', 'crypto'],
  identity: ['util', 'platform', 'config', 'crypto', 'storage'],
  metadata: ['util', 'platform', 'crypto', 'storage', 'identity'],
  content: ['util', 'platform', 'crypto', 'storage'],
  network: ['util', 'platform', 'crypto', 'identity'],
  sync: ['util', 'platform', 'crypto', 'identity', 'metadata', 'content', 'network', 'locks'],
  conflicts: ['util', 'identity', 'metadata'],
  vfs: ['util', 'platform', 'identity', 'metadata', 'content', 'conflicts', 'locks'],
  rescue: ['util', 'platform', 'storage', 'metadata', 'content'],
  fuse: ['util', 'platform', 'vfs', 'metadata', 'locks', 'fuse/kernel'],
  'fuse/kernel': ['util', 'platform'],
  control: ['util', 'platform'],
  daemon: [
    ...[
      'util',
      'platform',
      'config',
      'crypto',
      'storage',
      'identity',
      'metadata',
      'content',
      'locks',
    ],
    ...['network', 'sync', 'conflicts', 'vfs', 'rescue', 'fuse', 'fuse/kernel', 'control'],
  ],
  // The network for `join` alone: it enrols before there is a home that a daemon could run in.
  cli: ['util', 'platform', 'config', 'storage', 'identity', 'network', 'control', 'daemon'],
};

// Only what starts the daemon in its own process may know it.
const commandsThatMayImportTheDaemon = ['src/cli/mount.ts', 'src/cli/serve.ts'];

const root = join(import.meta.dirname, '..');

test('every folder of src imports only what the table allows', () => {
  const offences = sourceFiles().flatMap((file) =>
    importsOf(file)
      .map((target) => ({ from: partOf(file), to: partOf(target), target }))
      .filter(({ from, to }) => from !== to && !(allowedImports[from] ?? []).includes(to))
      .map(({ target }) => `${file} imports ${target}`),
  );
  expect(offences).toEqual([]);
});

test('only the commands that run the daemon import it', () => {
  const offences = sourceFiles()
    .filter((file) => partOf(file) === 'cli' && !commandsThatMayImportTheDaemon.includes(file))
    .filter((file) => importsOf(file).some((target) => partOf(target) === 'daemon'));
  expect(offences).toEqual([]);
});

test('every folder of src is in the table', () => {
  const unknown = [...new Set(sourceFiles().map(partOf))].filter(
    (part) => !(part in allowedImports),
  );
  expect(unknown).toEqual([]);
});

test('no source file is longer than 400 lines', () => {
  const tooLong = sourceFiles().filter(
    (file) => readFileSync(join(root, file), 'utf8').split('\n').length > 400,
  );
  expect(tooLong).toEqual([]);
});

function sourceFiles(): string[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join('src', file));
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const matches = text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'|new URL\(\s*'(\.[^']+)'/g);
  return [...matches].map(([, imported, located]) =>
    relative(root, join(root, dirname(file), imported ?? located ?? '')),
  );
}

function partOf(file: string): string {
  const [, folder = '', subfolder] = file.split('/');
  return folder === 'fuse' && subfolder === 'kernel' ? 'fuse/kernel' : folder;
}
