import { lstat, open, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

export interface Comparison {
  readonly files: number;
  readonly bytes: number;
}

const pieceBytes = 1024 * 1024;

/** Compares two trees entry by entry and byte by byte; throws at the first difference. */
export async function compareTrees(expected: string, actual: string): Promise<Comparison> {
  const names = await sameNames(expected, actual);
  let files = 0;
  let bytes = 0;
  for (const name of names) {
    const below = await compareEntries(join(expected, name), join(actual, name));
    files += below.files;
    bytes += below.bytes;
  }
  return { files, bytes };
}

async function compareEntries(expected: string, actual: string): Promise<Comparison> {
  const [want, have] = await Promise.all([lstat(expected), lstat(actual)]);
  if ((want.mode & 0o170000) !== (have.mode & 0o170000)) differ(actual, 'another type');
  if ((want.mode & 0o777) !== (have.mode & 0o777)) differ(actual, 'another mode');
  if (want.isDirectory()) return compareTrees(expected, actual);
  if (want.isSymbolicLink()) return compareLinks(expected, actual);
  if (want.size !== have.size) differ(actual, `${have.size} bytes instead of ${want.size}`);
  await compareFiles(expected, actual);
  return { files: 1, bytes: want.size };
}

async function compareLinks(expected: string, actual: string): Promise<Comparison> {
  if ((await readlink(expected)) !== (await readlink(actual))) differ(actual, 'another target');
  return { files: 1, bytes: 0 };
}

async function compareFiles(expected: string, actual: string): Promise<void> {
  await using want = await open(expected);
  await using have = await open(actual);
  const [wanted, got] = [Buffer.allocUnsafe(pieceBytes), Buffer.allocUnsafe(pieceBytes)];
  for (let position = 0; ;) {
    const { bytesRead } = await want.read(wanted, 0, pieceBytes, position);
    const { bytesRead: same } = await have.read(got, 0, pieceBytes, position);
    const isEqual = wanted.subarray(0, bytesRead).equals(got.subarray(0, same));
    if (!isEqual) differ(actual, `other bytes after position ${position}`);
    if (bytesRead === 0) return;
    position += bytesRead;
  }
}

async function sameNames(expected: string, actual: string): Promise<string[]> {
  const [want, have] = await Promise.all([readdir(expected), readdir(actual)]);
  const missing = want.filter((name) => !have.includes(name));
  if (missing.length > 0 || want.length !== have.length) {
    differ(actual, `other names: ${missing.join(', ')}`);
  }
  return want;
}

function differ(path: string, how: string): never {
  throw new Error(`${path} has ${how}`);
}
