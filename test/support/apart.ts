import { expect } from 'vitest';
import { checkTree } from '../../src/metadata/check/check-tree.ts';
import { rootInode, type InodeId } from '../../src/metadata/ids.ts';
import { nameForPeople, nameFromText } from '../../src/metadata/name.ts';
import type { OperationFields } from '../../src/metadata/operation.ts';
import {
  exchange,
  must,
  namesIn,
  shownVersion,
  testDevice,
  type TestHome,
  victimAt,
  type World,
} from './replica-world.ts';

// Two people who do things at once that do not go together; after an exchange both see the same, and nothing is lost.

export const alice = testDevice(1, 'alice');
export const bob = testDevice(2, 'bob');

/** The day of the tests' clock. */
export const today = '2026-01-01';

export interface Both {
  readonly older: TestHome;
  readonly younger: TestHome;
}

/** `apart` runs with both apart; the clock goes on with each of its steps. */
export async function together(
  world: World,
  shared: (home: TestHome) => void,
  apart: readonly ((both: Both) => unknown)[],
): Promise<readonly TestHome[]> {
  const both = { older: world.open(alice), younger: world.open(bob) };
  shared(both.older);
  await exchange(both.older, both.younger);
  for (const step of apart) {
    world.clock.advance(10);
    step(both);
  }
  return meet(both.older, both.younger);
}

/** All that they know is everybody's; each tree is sound. */
export async function meet(...homes: readonly TestHome[]): Promise<readonly TestHome[]> {
  for (let round = 0; round < 2; round += 1) {
    for (const one of homes)
      for (const other of homes) if (one !== other) await exchange(one, other);
  }
  for (const { replica } of homes) expect(checkTree(replica)).toEqual([]);
  return homes;
}

export function inodeAt(home: TestHome, path: string): InodeId {
  let inode = rootInode;
  for (const name of path.split('/').filter((part) => part !== '')) {
    const entry = home.replica.entry(inode, nameFromText(name));
    if (!entry) throw new Error(`${path} is not there`);
    inode = entry.inode;
  }
  return inode;
}

export function rename(home: TestHome, from: string, to: string): void {
  const [source, target] = [placeAt(home, from), placeAt(home, to)];
  must(home, {
    ...{ kind: 'rename', ...source, inode: inodeAt(home, from) },
    ...{ newParent: target.parent, newName: target.name },
    ...victimAt(home, target.parent, target.name),
  });
}

export function swap(home: TestHome, one: string, other: string): void {
  const there = placeAt(home, other);
  must(home, {
    ...{ kind: 'exchange', ...placeAt(home, one), inode: inodeAt(home, one) },
    ...{ otherParent: there.parent, otherName: there.name, otherInode: inodeAt(home, other) },
  });
}

export function link(home: TestHome, from: string, to: string): void {
  must(home, { kind: 'link', inode: inodeAt(home, from), ...placeAt(home, to) });
}

export function settle(home: TestHome, path: string): void {
  must(home, { kind: 'settle', ...placeAt(home, path), inode: inodeAt(home, path) });
}

export function unlink(home: TestHome, path: string): void {
  const inode = inodeAt(home, path);
  must(home, { kind: 'unlink', ...placeAt(home, path), inode, seen: shownVersion(home, inode) });
}

export function removeDirectory(home: TestHome, path: string): void {
  must(home, { kind: 'remove-directory', ...placeAt(home, path), inode: inodeAt(home, path) });
}

/** A version of this many bytes, of which the number is all there is to tell; over the one that is shown, or over all. */
export function write(
  home: TestHome,
  path: string | InodeId,
  size: number,
  over: 'shown' | 'all' = 'shown',
): void {
  const inode = typeof path === 'string' ? inodeAt(home, path) : path;
  const heads = home.replica.node(inode)?.heads ?? [];
  const superseded = over === 'all' ? heads : heads.slice(0, 1);
  const fields: OperationFields = {
    ...{ kind: 'set-content', inode, supersedes: superseded.map(({ id }) => id), size },
    ...{
      blockSize: 65_536,
      root: Buffer.alloc(32, size),
      mtime: { seconds: size, nanoseconds: 0 },
    },
    ...{ clearsPrivileges: false, beside: home.replica.newInode() },
  };
  must(home, fields);
}

/** Path to size, for files; directories end in `/` and have none. */
export function everything(home: TestHome, path = ''): Record<string, number | null> {
  const shown: Record<string, number | null> = {};
  for (const name of namesIn(home, inodeAt(home, path))) {
    const inner = `${path}${name}`;
    const node = home.replica.node(inodeAt(home, inner));
    if (node?.type !== 'directory') shown[inner] = node?.heads[0]?.size ?? 0;
    else Object.assign(shown, { [`${inner}/`]: null }, everything(home, `${inner}/`));
  }
  return shown;
}

/** Names that stand beside the one that they wanted. */
export function conflictsAt({ replica }: TestHome): string[] {
  return [...replica.conflicts()].map(({ name }) => nameForPeople(name)).sort();
}

function placeAt(home: TestHome, path: string) {
  const slash = path.lastIndexOf('/');
  return {
    parent: inodeAt(home, path.slice(0, Math.max(slash, 0))),
    name: nameFromText(path.slice(slash + 1)),
  };
}
