import { expect, test } from 'vitest';
import type { DeviceId } from '../../../src/identity/ids.ts';
import { inodeId, rootInode } from '../../../src/metadata/ids.ts';
import type { RefusedOperation } from '../../../src/metadata/merge/own-refusals.ts';
import { nameFromText } from '../../../src/metadata/name.ts';
import type { Head, Node } from '../../../src/metadata/node.ts';
import type { Create, OperationFields } from '../../../src/metadata/operation.ts';
import type { Refusal } from '../../../src/metadata/replica.ts';
import { judge } from '../../../src/rescue/judge.ts';

const own = 2 as DeviceId;
const inode = inodeId(own, 7);
const time = { seconds: 9, nanoseconds: 0 };

function refused(
  fields: OperationFields,
  millis = 1,
  code: Refusal['code'] = 'EACCES',
): RefusedOperation {
  const stamp = { millis, counter: 0, device: own };
  const operation = { stamp, acting: { uid: 1, gids: [] }, fields };
  return { key: `${millis}` as RefusedOperation['key'], inode, operation, code };
}

const made: Create = {
  ...{ kind: 'create', inode, parent: rootInode, name: nameFromText('doc'), type: 'file' },
  ...{ mode: 0o644, uid: 1, gid: 1, rdev: 0, target: '' },
};

const saved = (size: number): OperationFields => ({
  ...{ kind: 'set-content', inode, supersedes: [], size, blockSize: 65_536, mtime: time },
  ...{ root: Buffer.alloc(32, size), clearsPrivileges: false, beside: inodeId(own, 100 + size) },
});

const removed: OperationFields = {
  ...{ kind: 'unlink', parent: rootInode, name: nameFromText('doc'), inode, seen: null },
};

function nodeWith(...heads: readonly Pick<Head, 'id' | 'size' | 'root'>[]): Node {
  return { inode, type: 'file', links: 1, heads } as unknown as Node;
}

const head = (device: number, millis: number, size: number) => ({
  id: { device: device as DeviceId, millis, counter: 0 },
  size,
  root: Buffer.alloc(32, size),
});

test('of a file that came to nothing the last that was saved is kept, and nothing else told', () => {
  const all = [refused(made, 1), refused(saved(1), 2, 'ENOENT'), refused(saved(2), 3, 'ENOENT')];
  const { content, told } = judge(all, undefined, own);
  expect(content).toMatchObject({ inode, version: { size: 2 }, mtime: time });
  expect(told).toEqual([]);
});

test('a file that was made and never written is kept empty', () => {
  expect(judge([refused(made)], undefined, own).content).toMatchObject({ version: null });
});

test('a folder that came to nothing is told', () => {
  const folder = refused({ ...made, type: 'directory' });
  expect(judge([folder], undefined, own)).toEqual({ content: undefined, told: [folder] });
});

test('a version is kept unless the tree has it, or a younger one of the same author', () => {
  const all = [refused(saved(1), 5)];
  const kept = (node: Node) => judge(all, node, own).content?.version?.size;
  expect(kept(nodeWith(head(1, 3, 9)))).toBe(1);
  expect(kept(nodeWith(head(1, 9, 9)))).toBe(1);
  expect(kept(nodeWith(head(1, 3, 1)))).toBeUndefined();
  expect(kept(nodeWith(head(own, 6, 9)))).toBeUndefined();
});

test('what lacked a right is told, what the rules for conflicts decided is not', () => {
  const node = nodeWith(head(1, 3, 9));
  const lacked = refused(removed);
  expect(judge([lacked], node, own).told).toEqual([lacked]);
  expect(judge([refused(removed, 1, 'ESTALE')], node, own).told).toEqual([]);
  expect(judge([refused(removed, 1, 'ENOENT')], node, own).told).toEqual([]);
});
