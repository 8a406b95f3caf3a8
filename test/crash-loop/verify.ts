import { createHash } from 'node:crypto';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Files, isPossible, pathsOf } from './actions.ts';
import { type CrashingPeer, inTime } from './daemon-process.ts';
import { condenseLedger, type Found, Ledger, readLedger } from './ledger.ts';

/** Everything that the ledger of this peer says is in its mount, bit by bit. Settles what an action that was cut short left. */
export async function verifyOwn(peer: CrashingPeer): Promise<number> {
  const { files, unfinished, finished } = readLedger(peer.ledger);
  const found = await readAll(
    peer,
    peer.name,
    new Set([...files.keys(), ...pathsOfAny(unfinished)]),
  );
  const open = new Set(unfinished === undefined ? [] : pathsOf(unfinished));
  for (const [path, content] of files) {
    if (!open.has(path)) requireSame(peer, path, content, found.get(path));
  }
  for (const path of found.keys()) {
    if (!open.has(path) && !files.has(path)) throw new Error(`${peer.name}: ${path} is back`);
  }
  if (unfinished !== undefined && !isPossible(files, unfinished, found)) {
    throw new Error(`${peer.name}: ${JSON.stringify(unfinished)} left ${describe(found, open)}`);
  }
  if (unfinished !== undefined) {
    const entries = [...open].map((path) => [path, found.get(path)?.toString('base64') ?? null]);
    note(peer, Object.fromEntries(entries) as Found);
  }
  condenseLedger(peer.ledger);
  return finished;
}

/** The same of another peer's files, when nobody writes and both know all. */
export async function verifyThrough(owner: CrashingPeer, mount: CrashingPeer): Promise<void> {
  const { files } = readLedger(owner.ledger);
  const found = await readAll(mount, owner.name, new Set(files.keys()));
  for (const [path, content] of files) requireSame(mount, path, content, found.get(path));
}

/** Waits until two mounts show the same names, sizes and bytes. */
export async function requireSameTrees(one: CrashingPeer, other: CrashingPeer): Promise<void> {
  let difference = '';
  const isSame = async (): Promise<boolean> => {
    const [here, there] = [await treeOf(one), await treeOf(other)];
    difference = [
      ...here.filter((line) => !there.includes(line)).map((line) => `only ${one.name}: ${line}`),
      ...there.filter((line) => !here.includes(line)).map((line) => `only ${other.name}: ${line}`),
    ].join('\n');
    return difference === '';
  };
  const until = async (): Promise<void> => {
    while (!(await isSame())) await new Promise((resolve) => setTimeout(resolve, 100));
  };
  await inTime('both mounts show the same', until).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${difference}`);
  });
}

async function treeOf(peer: CrashingPeer, folder = ''): Promise<string[]> {
  const lines: string[] = [];
  const entries = await readdir(join(peer.live.mountpoint, folder), { withFileTypes: true });
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) lines.push(`${path}/`, ...(await treeOf(peer, path)));
    else lines.push(await describeFile(peer, path));
  }
  return lines;
}

async function describeFile(peer: CrashingPeer, path: string): Promise<string> {
  const full = join(peer.live.mountpoint, path);
  const { size } = await stat(full);
  try {
    return `${path} ${size} ${createHash('sha256')
      .update(await readFile(full))
      .digest('hex')}`;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    // One user's file with a mode that keeps others out; its attributes are compared all the same.
    if (code === 'EACCES') return `${path} ${size}`;
    throw error;
  }
}

async function readAll(peer: CrashingPeer, folder: string, wanted: Set<string>): Promise<Files> {
  const found: Files = new Map();
  await inTime(`${peer.name} has read all files`, async () => {
    const names = await readdir(join(peer.live.mountpoint, folder));
    const paths = new Set(names.map((name) => `${folder}/${name}`));
    for (const path of paths) found.set(path, await readFile(join(peer.live.mountpoint, path)));
    for (const path of wanted) if (!paths.has(path)) found.delete(path);
  });
  return found;
}

function requireSame(
  { name }: CrashingPeer,
  path: string,
  content: Buffer,
  found: Buffer | undefined,
): void {
  if (found === undefined) throw new Error(`${name}: ${path} is missing`);
  if (found.equals(content)) return;
  const at = content.findIndex((byte, index) => byte !== found[index]);
  const sizes = `${found.length} bytes instead of ${content.length}`;
  throw new Error(`${name}: ${path} is not what was written (${sizes}, from ${at} on)`);
}

function pathsOfAny(action: Parameters<typeof pathsOf>[0] | undefined): string[] {
  return action === undefined ? [] : pathsOf(action);
}

function describe(found: Files, paths: ReadonlySet<string>): string {
  return [...paths].map((path) => `${path}: ${found.get(path)?.length ?? 'none'}`).join(', ');
}

function note({ ledger }: CrashingPeer, found: Found): void {
  const file = new Ledger(ledger);
  file.found(found);
  file.close();
}
