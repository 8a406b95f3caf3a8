import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openRegister, registerHeader } from '../../../src/identity/register.ts';
import { realDisk, type Disk } from '../../../src/storage/disk.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const nowMs = Date.UTC(2026, 0, 1);

function newRegister(directory: string): string {
  const path = join(directory, 'register');
  writeFileSync(path, registerHeader('garden', 'net'));
  return path;
}

function request(user: string) {
  return { user, preferredUid: 0, key: `key of ${user}` };
}

test('numbers are never used again across restarts', () => {
  using directory = temporaryDirectory();
  const path = newRegister(directory.path);
  const devices = ['alice', 'bob', 'carol'].map((user) => {
    const entry = openRegister(path, realDisk).assign(request(user), nowMs);
    return 'refused' in entry ? entry.refused : entry.device;
  });
  expect(devices).toEqual([1, 2, 3]);
  expect(openRegister(path, realDisk).assign(request('bob'), nowMs)).toMatchObject({ device: 2 });
});

test('a line that a crash cut off was never given out, and the next one stands on a line of its own', () => {
  using directory = temporaryDirectory();
  const path = newRegister(directory.path);
  openRegister(path, realDisk).assign(request('alice'), nowMs);
  appendFileSync(path, '{"assigned":{"device":2,"us');
  expect(openRegister(path, realDisk).assign(request('bob'), nowMs)).toMatchObject({ device: 2 });
  expect(openRegister(path, realDisk).assign(request('carol'), nowMs)).toMatchObject({ device: 3 });
  expect(readFileSync(path, 'utf8').trimEnd().split('\n')).toHaveLength(4);
});

test('a damaged register is said and nothing is given out', () => {
  using directory = temporaryDirectory();
  const path = newRegister(directory.path);
  appendFileSync(path, 'not JSON\n{"assigned":{}}\n');
  expect(() => openRegister(path, realDisk)).toThrow(/is damaged; .*restore it from a copy/);
});

test.each(['register.append', 'register.sync'])(
  'after %s failed no number is given out until the file was read again',
  (site) => {
    using directory = temporaryDirectory();
    const path = newRegister(directory.path);
    let isBroken = true;
    const disk: Disk = {
      attempt(at, call) {
        if (isBroken && at === site) throw new Error('no space left');
        return call();
      },
      attemptAsync: (_site, call) => call(),
    };
    const register = openRegister(path, disk);
    expect(() => register.assign(request('alice'), nowMs)).toThrow('no space left');
    isBroken = false;
    expect(() => register.assign(request('bob'), nowMs)).toThrow(/restart the daemon/);
    const again = openRegister(path, disk);
    const entries = [again.assign(request('bob'), nowMs), again.assign(request('alice'), nowMs)];
    const devices = entries.map((entry) => ('refused' in entry ? 0 : entry.device));
    expect(new Set(devices)).toEqual(new Set([1, 2]));
  },
);
