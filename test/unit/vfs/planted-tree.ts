import { expect, describe, test } from 'vitest';
import type { InodeId } from '../../../src/metadata/ids.ts';
import type { RenameMode } from '../../../src/vfs/file-system.ts';
import { caller, named, outcome, Peers, root, writeFile, type Peer } from './peers.ts';

/**
 * What requests are tried on: a file `file`, a link `link` to it, a directory `full` that holds a file `inner` and a directory `empty`,
 * a directory `void` without entries, a symbolic link `symlink`. No file may be larger than 1 MiB.
 */
export interface Tree extends Peer {
  readonly file: InodeId;
  readonly full: InodeId;
  readonly inner: InodeId;
  readonly empty: InodeId;
  readonly bare: InodeId;
  readonly symlink: InodeId;
}

export type Case = [title: string, expected: string, request: (tree: Tree) => unknown];

/** Each request on a tree of its own, with the code that it ends with, or `done`. */
export function tellOutcomes(cases: Record<string, Case[]>): void {
  for (const [request, rows] of Object.entries(cases)) {
    describe(request, () => {
      test.each(rows)('%s: %s', async (_title, expected, act) => {
        await using peers = new Peers();
        const tree = await plantTree(peers);
        expect(await outcome(() => act(tree))).toBe(expected);
      });
    });
  }
}

/** All those that are refused, on one tree: none of them may have told it anything. */
export async function tellRefused(cases: Record<string, Case[]>, except: RegExp): Promise<void> {
  await using peers = new Peers();
  const tree = await plantTree(peers);
  const refused = Object.values(cases)
    .flat()
    .filter(([title, expected]) => expected !== 'done' && !except.test(title));
  expect(refused.length).toBeGreaterThan(10);
  await tree.home.replica.flush();
  for (const [, , act] of refused) await outcome(() => act(tree));
  expect(tree.home.replica.unsealed).toBe(0);
}

export async function plantTree(peers: Peers): Promise<Tree> {
  const peer = peers.open({ limits: { maximumFileBytes: 1 << 20 } });
  const { fs } = peer;
  const file = await writeFile(peer, 'file', 'file');
  await fs.link(caller, file, root, named('link'));
  const full = fs.makeDirectory(caller, root, named('full'), 0o755).inode;
  const inner = await writeFile(peer, 'inner', 'inner', full);
  const empty = fs.makeDirectory(caller, full, named('empty'), 0o755).inode;
  const bare = fs.makeDirectory(caller, root, named('void'), 0o755).inode;
  const symlink = fs.symlink(caller, root, named('symlink'), 'file').inode;
  return { ...peer, file, full, inner, empty, bare, symlink };
}

export function renameIn(
  { fs }: Tree,
  parent: InodeId,
  name: string,
  newParent: InodeId,
  newName: string,
  mode: RenameMode = 'replace',
): void {
  fs.rename(caller, parent, named(name), newParent, named(newName), mode);
}
