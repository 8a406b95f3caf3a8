import {
  maximumId,
  readInode,
  readMode,
  readTime,
  writeNullable,
  writeTime,
} from '../codec/fields.ts';
import type { SetAttributes } from '../operation.ts';
import { mayChangeGroup, mayChangeMode, mayChangeOwner, maySetTimesToNow } from '../rights.ts';
import { timeOfStamp } from '../stamp.ts';
import type { NodeRecord } from '../state/node-record.ts';
import type { ApplyContext, OperationKind } from './operation-kind.ts';
import { findNode, requireOwnership } from './requirements.ts';

/** Operations come in the order of their stamps, so the later change of an attribute wins. */
export const setAttributes: OperationKind<SetAttributes> = {
  kind: 'set-attributes',
  number: 7,
  fieldCount: 6,

  write(writer, fields) {
    writer.integer(fields.inode);
    writeNullable(writer, fields.mode, (mode) => writer.integer(mode));
    writeNullable(writer, fields.uid, (uid) => writer.integer(uid));
    writeNullable(writer, fields.gid, (gid) => writer.integer(gid));
    writeNullable(writer, fields.atime, (time) => writeTime(writer, time));
    writeNullable(writer, fields.mtime, (time) => writeTime(writer, time));
  },

  read: (reader) => ({
    kind: 'set-attributes',
    inode: readInode(reader),
    mode: reader.nullable(() => readMode(reader)),
    uid: reader.nullable(() => reader.integer('uid', 0, maximumId)),
    gid: reader.nullable(() => reader.integer('gid', 0, maximumId)),
    atime: reader.nullable(() => readTime(reader, 'atime')),
    mtime: reader.nullable(() => readTime(reader, 'mtime')),
  }),

  apply(tree, fields, context) {
    const { inode, node } = findNode(tree, fields.inode);
    requireRights(node, fields, context);
    tree.writeNode(inode, {
      ...node,
      mode: fields.mode ?? node.mode,
      uid: fields.uid ?? node.uid,
      gid: fields.gid ?? node.gid,
      atime: fields.atime ?? node.atime,
      mtime: fields.mtime ?? node.mtime,
      mtimeStamp: fields.mtime ? context.stamp : node.mtimeStamp,
      ctime: timeOfStamp(context.stamp),
    });
  },
};

function requireRights(node: NodeRecord, fields: SetAttributes, context: ApplyContext): void {
  const { acting } = context;
  const { mode, uid, gid, atime, mtime } = fields;
  const require = (allowed: boolean, reason: string) =>
    requireOwnership(context, () => allowed, reason);
  if (mode !== null) require(mayChangeMode(node, acting), 'only the owner changes the mode');
  if (uid !== null) require(mayChangeOwner(node, acting, uid), 'nobody gives files away');
  if (gid !== null) require(mayChangeGroup(node, acting, gid), 'only to a group one is in');
  // Whether the author's clock said that this was now cannot be known here, so whoever may write may set times.
  if (atime ?? mtime) require(maySetTimesToNow(node, acting), 'may not set times');
}
