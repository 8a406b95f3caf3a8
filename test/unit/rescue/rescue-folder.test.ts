import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nameFromBytes, nameFromText } from '../../../src/metadata/name.ts';
import { RescueFolder } from '../../../src/rescue/rescue-folder.ts';
import { realDisk } from '../../../src/storage/disk.ts';

const mtime = { seconds: 1_700_000_000, nanoseconds: 123_000_000 };

let home = '';

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'peerfuse-'));
});

afterEach(() => rmSync(home, { recursive: true, force: true }));

function folder(): RescueFolder {
  return new RescueFolder(home, join(home, 'rescued'), realDisk);
}

async function keep(path: string, text: string): Promise<string | undefined> {
  const names = path.split('/').map(nameFromText);
  const kept = await folder().keep(names, mtime, async (descriptor) => {
    return { size: writeSync(descriptor, text) };
  });
  return kept?.path.join('/');
}

const inFiles = (path: string) => join(home, 'rescued/files', path);

test('a file is kept under its path, with its time, for nobody else to read', async () => {
  expect(await keep('plans/new/letter.txt', 'text')).toBe('plans/new/letter.txt');
  const { mode, mtimeMs } = statSync(inFiles('plans/new/letter.txt'));
  expect(mode & 0o777).toBe(0o600);
  expect(Math.round(mtimeMs)).toBe(1_700_000_000_123);
  expect(statSync(inFiles('plans')).mode & 0o777).toBe(0o700);
  expect(readdirSync(join(home, 'rescued'))).toEqual(['files']);
});

test('the same file again is the one that is there, another one stands beside it', async () => {
  await keep('letter.txt', 'text');
  expect(await keep('letter.txt', 'text')).toBe('letter.txt');
  expect(await keep('letter.txt', 'longer text')).toBe('letter (2).txt');
  expect(readFileSync(inFiles('letter.txt'), 'utf8')).toBe('text');
});

test('nothing is written through a symbolic link, be it the file or a folder on the way', async () => {
  const elsewhere = join(home, 'elsewhere');
  mkdirSync(elsewhere);
  writeFileSync(join(elsewhere, 'letter'), 'of somebody');
  mkdirSync(inFiles(''), { recursive: true });
  symlinkSync(elsewhere, inFiles('folder'));
  symlinkSync(join(elsewhere, 'letter'), inFiles('letter'));
  expect(await keep('folder/letter', 'mine')).toBe('folder (2)/letter');
  expect(await keep('letter', 'mine')).toBe('letter (2)');
  expect(readFileSync(join(elsewhere, 'letter'), 'utf8')).toBe('of somebody');
});

test('a folder whose name a file has gets a number', async () => {
  await keep('name', 'a file');
  expect(await keep('name/below', 'in a folder')).toBe('name (2)/below');
});

test('a name of any bytes, and of the greatest length, is kept as it is or cut so that it fits', async () => {
  const name = nameFromBytes(Buffer.from([0xff, 0x0a, ...Buffer.alloc(253, 'x')]));
  const write = async (descriptor: number) => ({ size: writeSync(descriptor, 'a') });
  const first = await folder().keep([name], mtime, write);
  const second = await folder().keep([name], { ...mtime, seconds: 5 }, write);
  expect(first?.path).toEqual([name]);
  expect(second?.path[0]).toHaveLength(255);
  expect(second?.path[0]).toMatch(/ \(2\)$/);
});

test('what turns out to be nothing, or fails, leaves nothing behind', async () => {
  const names = [nameFromText('letter')];
  expect(await folder().keep(names, mtime, () => Promise.resolve(undefined))).toBeUndefined();
  const failing = folder().keep(names, mtime, () => Promise.reject(new Error('broken')));
  await expect(failing).rejects.toThrow('broken');
  expect(readdirSync(join(home, 'rescued'))).toEqual([]);
});
