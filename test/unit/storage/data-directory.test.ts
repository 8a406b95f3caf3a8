import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createHome } from '../../../src/storage/data-directory-create.ts';
import { rememberConnect, rememberListen } from '../../../src/storage/data-directory-config.ts';
import { lockHome } from '../../../src/storage/data-directory-lock.ts';
import { defaultHome, homePaths } from '../../../src/storage/data-directory-paths.ts';
import { writeFileAtomically } from '../../../src/storage/data-directory-write.ts';
import { openDataDirectory } from '../../../src/storage/data-directory.ts';
import { realDisk, type Disk } from '../../../src/storage/disk.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

/** A home as far as the data directory looks into it. */
function newHome(directory: string) {
  const home = join(directory, 'home');
  createHome(home, [{ path: 'identity/device.crt', data: 'certificate' }], realDisk);
  return homePaths(home);
}

/** A disk on which one call site fails. */
function brokenDisk(site: string): Disk {
  return {
    attempt(at, call) {
      if (at === site) throw new Error(`${site} failed`);
      return call();
    },
    attemptAsync: (_site, call) => call(),
  };
}

test('everything in a home is for its owner alone', async () => {
  using directory = temporaryDirectory();
  const paths = newHome(directory.path);
  const opened = await openDataDirectory(paths.home, realDisk);
  const files = readdirSync(paths.home, { recursive: true, withFileTypes: true });
  for (const file of files) {
    const mode = statSync(join(file.parentPath, file.name)).mode & 0o777;
    expect([file.name, mode]).toEqual([file.name, file.isDirectory() ? 0o700 : 0o600]);
  }
  expect(statSync(paths.home).mode & 0o777).toBe(0o700);
  await opened.close(true);
});

test('a home that belongs to no network is not opened', async () => {
  using directory = temporaryDirectory();
  await expect(openDataDirectory(join(directory.path, 'home'), realDisk)).rejects.toThrow(
    /belongs to no network; begin with "peerfuse network create NAME"/,
  );
});

test('a home that a newer program wrote is not opened, and is left free', async () => {
  using directory = temporaryDirectory();
  const paths = newHome(directory.path);
  writeFileSync(paths.version, '2\n');
  await expect(openDataDirectory(paths.home, realDisk)).rejects.toThrow(/newer Peerfuse/);
  writeFileSync(paths.version, '1\n');
  await (await openDataDirectory(paths.home, realDisk)).close(true);
});

test.each(['write', 'sync', 'rename', 'sync-directory'])(
  'when the %s of a new home fails, there is none and nothing else',
  (step) => {
    using directory = temporaryDirectory();
    expect(() => {
      createHome(join(directory.path, 'home'), [], brokenDisk(`create-home.${step}`));
    }).toThrow('failed');
    // The last flush comes after the home is in place: it is whole then.
    const left = readdirSync(directory.path);
    expect(left).toEqual(step === 'sync-directory' && left.length > 0 ? ['home'] : []);
  },
);

test('a home is made in an empty directory, not in one that holds something', () => {
  using directory = temporaryDirectory();
  const home = join(directory.path, 'home');
  mkdirSync(home);
  createHome(home, [], realDisk);
  expect(() => createHome(home, [], realDisk)).toThrow(/is not empty/);
  expect(existsSync(join(home, 'version'))).toBe(true);
});

test.each(['write', 'sync', 'rename'])('when the %s fails, the old file is untouched', (step) => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'file');
  writeFileSync(path, 'old');
  expect(() => writeFileAtomically(brokenDisk(`config.${step}`), 'config', path, 'new')).toThrow(
    'failed',
  );
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readdirSync(directory.path)).toEqual(['file']);
});

test('a start after a clean stop or a dead process is clean; after a crash of the machine it is not until rebuilt', async () => {
  using directory = temporaryDirectory();
  const paths = newHome(directory.path);
  const startAndStop = async (clean: boolean, rebuilt = false): Promise<boolean> => {
    const opened = await openDataDirectory(paths.home, realDisk);
    mkdirSync(join(paths.state, 'tree'), { recursive: true });
    writeFileSync(join(paths.state, 'tree', 'data'), 'x');
    if (rebuilt) opened.rebuilt();
    await opened.close(clean);
    return opened.cleanStart;
  };
  expect(await startAndStop(true)).toBe(true);
  expect(existsSync(paths.runMarker)).toBe(false);
  expect(await startAndStop(false)).toBe(true);
  expect(await startAndStop(false)).toBe(true);
  writeFileSync(paths.runMarker, 'boot id of another day\n');
  expect(await startAndStop(false)).toBe(false);
  expect(await startAndStop(false, true)).toBe(false);
  expect(await startAndStop(true)).toBe(true);
});

test('a stop is not called clean when the flush fails, and the home is free all the same', async () => {
  using directory = temporaryDirectory();
  const paths = newHome(directory.path);
  const opened = await openDataDirectory(paths.home, realDisk);
  await opened.close(true);
  const again = await openDataDirectory(paths.home, brokenDisk('run-marker.remove'));
  await expect(again.close(true)).rejects.toThrow('failed');
  expect(existsSync(paths.runMarker)).toBe(true);
  await (await openDataDirectory(paths.home, realDisk)).close(true);
});

test('a home has one holder, and is free when he lets go', async () => {
  using directory = temporaryDirectory();
  const paths = newHome(directory.path);
  const first = await lockHome(paths, realDisk);
  await expect(lockHome(paths, realDisk)).rejects.toThrow(`in use by process ${process.pid}`);
  await first.release();
  await (await lockHome(paths, realDisk)).release();
});

test('a holder that was killed holds nothing', async () => {
  using directory = temporaryDirectory();
  const paths = newHome(directory.path);
  const holder = await holdInAnotherProcess(paths.home);
  try {
    await expect(lockHome(paths, realDisk)).rejects.toThrow(`in use by process ${holder.pid}`);
  } finally {
    holder.kill('SIGKILL');
    await once(holder, 'exit');
  }
  expect(existsSync(paths.lock)).toBe(true);
  await (await lockHome(paths, realDisk)).release();
});

async function holdInAnotherProcess(home: string): Promise<ChildProcess> {
  const source = join(import.meta.dirname, '../../../src/storage');
  const script = `
    import { lockHome } from '${source}/data-directory-lock.ts';
    import { homePaths } from '${source}/data-directory-paths.ts';
    import { realDisk } from '${source}/disk.ts';
    await lockHome(homePaths(process.argv[1]), realDisk);
    process.stdout.write('held');
    setInterval(() => {}, 1000);`;
  const arguments_ = ['--input-type=module', '--eval', script, home];
  const child = spawn(process.execPath, arguments_, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

test('what the daemon learns goes into config.toml between what people wrote', () => {
  using directory = temporaryDirectory();
  const paths = newHome(directory.path);
  writeFileSync(paths.config, '# mine\nlisten = ["[::]:0"]  # any\nworkers = 3\n');
  rememberListen(paths, ['[::]:4711'], realDisk);
  rememberConnect(paths, ['192.0.2.1:1777'], realDisk);
  expect(readFileSync(paths.config, 'utf8')).toBe(
    'connect = ["192.0.2.1:1777"]\n# mine\nlisten = ["[::]:4711"]  # any\nworkers = 3\n',
  );
});

test('the home is the one that the environment names', () => {
  expect(defaultHome({ PEERFUSE_HOME: '/a/b', XDG_DATA_HOME: '/c' })).toBe('/a/b');
  expect(defaultHome({ XDG_DATA_HOME: '/c' })).toBe('/c/peerfuse');
  expect(defaultHome({ PEERFUSE_HOME: '', XDG_DATA_HOME: 'relative' })).toMatch(
    /\/\.local\/share\/peerfuse$/,
  );
});
