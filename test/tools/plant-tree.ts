import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { noise } from '../crash-loop/random.ts';
import { tool } from './tool.ts';

/** All that backup programs should bring to another place and back: what is in files, and what is about them. */
export async function plantTree(root: string): Promise<void> {
  const at = (...parts: string[]): string => join(root, ...parts);
  fs.mkdirSync(at('deep/er/est'), { recursive: true });
  for (let index = 0; index < 40; index++) {
    fs.writeFileSync(at('deep', `file ${index}`), noise(index, (index * 7919) % 90_000));
  }
  fs.writeFileSync(at('deep/er/large'), noise(1, 3_000_000));
  fs.writeFileSync(
    Buffer.concat([Buffer.from(at('odd-')), Buffer.from([0xff, 0xfe, 0x0a])]),
    'odd',
  );
  fs.linkSync(at('deep/file 7'), at('deep/er/same file'));
  fs.symlinkSync('../deep/file 7', at('deep/symbolic'));
  fs.symlinkSync('nowhere', at('dangling'));
  plantSparseFile(at('sparse'));
  spawnSync('mkfifo', [at('pipe')]);
  fs.writeFileSync(at('program'), '#!/bin/sh\n', { mode: 0o4755 });
  fs.chmodSync(at('program'), 0o4755);
  fs.chmodSync(at('deep/er'), 0o2770);
  fs.chownSync(at('deep/file 3'), 64_101, 64_200);
  fs.lchownSync(at('dangling'), 64_102, 64_102);
  await tool(['setfattr', '-n', 'user.comment', '-v', 'kept', at('deep/file 5')]);
  await tool(['setfattr', '-n', 'user.comment', '-v', 'of a directory', at('deep')]);
  await tool(['setfacl', '-m', 'u:64101:rw,g:64200:r', at('deep/file 6')]);
  await tool(['setfacl', '-d', '-m', 'u:64102:rwx', at('deep/er/est')]);
  // Long ago: a copier that finds the second right leaves the rest of it as it is.
  await tool([
    'find',
    root,
    '-exec',
    'touch',
    '-h',
    '-d',
    '2020-02-02 02:02:02.123456789',
    '{}',
    '+',
  ]);
}

function plantSparseFile(path: string): void {
  const descriptor = fs.openSync(path, 'w');
  fs.ftruncateSync(descriptor, 8 * 1024 * 1024);
  fs.writeSync(descriptor, 'in the middle', 4 * 1024 * 1024);
  fs.closeSync(descriptor);
}

/** Everything below: types, modes, owners, links, sizes, times, contents, extended attributes and access lists. */
export async function describeTree(root: string): Promise<string> {
  const list = (...words: readonly string[]): Promise<string> =>
    tool(['find', '.', ...words], { in: root });
  const all = await list('-printf', '%P %y %m %U %G %n %l %T@\\n');
  const sizes = await list('-type', 'f', '-printf', '%P %s\\n');
  const sums = await list('-type', 'f', '-exec', 'sha256sum', '{}', '+');
  const attributes = await tool(['getfattr', '-R', '-h', '-d', '-m', '^user', '.'], { in: root });
  const lists = await tool(['getfacl', '-R', '-P', '-n', '.'], { in: root });
  const lines = [all, sizes, sums].map((text) => text.split('\n').sort().join('\n'));
  const parts = [attributes, lists].map((text) => text.split('\n\n').sort().join('\n\n'));
  return [...lines, ...parts].join('\n');
}
