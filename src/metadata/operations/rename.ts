import {
  isKeptByUnseenEdit,
  mayReplace,
  placeBeside,
  refuseCycle,
  whereItIsNow,
} from '../conflict-rules.ts';
import { readInode, readName, readStamp, writeNullable, writeStamp } from '../codec/fields.ts';
import type { Head } from '../node.ts';
import type { Rename } from '../operation.ts';
import type { Place } from '../replica.ts';
import { mayAddEntry, mayRemoveEntry, mayReparent } from '../rights.ts';
import { timeOfStamp } from '../stamp.ts';
import type { TreeTransaction } from '../state/tree-transaction.ts';
import { becomeOneFile, becomeOrdinary, fileToBecome } from '../version-rules.ts';
import type { ApplyContext, OperationKind } from './operation-kind.ts';
import { refuse } from './refused-operation.ts';
import { removeName } from './remove-name.ts';
import {
  findDirectory,
  findNode,
  findParent,
  type Found,
  type FoundEntry,
  isFileOfVersion,
  lookForEntry,
  requireRight,
} from './requirements.ts';

export const rename: OperationKind<Rename> = {
  kind: 'rename',
  number: 5,
  fieldCount: 7,

  write(writer, fields) {
    writer.integer(fields.parent).latin1(fields.name).integer(fields.inode);
    writer.integer(fields.newParent).latin1(fields.newName);
    writeNullable(writer, fields.victim, (victim) => writer.integer(victim));
    writeNullable(writer, fields.victimSeen, (stamp) => writeStamp(writer, stamp));
  },

  read: (reader) => ({
    kind: 'rename',
    parent: readInode(reader, 'parent'),
    name: readName(reader),
    inode: readInode(reader),
    newParent: readInode(reader, 'new parent'),
    newName: readName(reader, 'new name'),
    victim: reader.nullable(() => readInode(reader, 'victim')),
    victimSeen: reader.nullable(() => readStamp(reader, 'victim seen')),
  }),

  apply(tree, fields, context) {
    const from = findDirectory(tree, fields.parent);
    const moved = findNode(tree, fields.inode);
    const source =
      lookForEntry(tree, from.inode, fields.name, moved.inode) ??
      whereItIsNow(tree, moved, context);
    if (isFileOfVersion(tree, fields.inode, moved)) refuse('ENOENT', 'that version is no more');
    const to = findParent(tree, fields.newParent, context);
    requireMove(tree, { from, source, to, moved }, context);
    if (moved.node.type === 'directory') refuseCycle(tree, moved.inode, to.inode);

    const target = tree.readEntry(to.inode, fields.newName);
    // Two names of one file: rename(2) leaves both.
    if (target?.inode === moved.inode) return;
    const ordinary = becomeOrdinary(tree, moved);
    const victim = victimOf(tree, to, fields);
    if (victim && mayReplace(tree, ordinary.type, victim.entry, context)) {
      replace(tree, victim, to, context);
    }
    const equal = equalFile(tree, moved, { parent: to.inode, name: fields.newName }, context);
    if (equal) return becomeOneFile(tree, { ...moved, node: ordinary }, ...equal, context);
    if (source) tree.writeEntry(source.parent, source.name, undefined);
    const thing = { inode: moved.inode, type: ordinary.type };
    placeBeside(tree, to.inode, fields.newName, thing, context);
    // What was replaced may have been a version of it.
    const node = tree.readNode(moved.inode) ?? ordinary;
    tree.writeNode(moved.inode, { ...node, conflictOf: null, ctime: timeOfStamp(context.stamp) });
  },
};

interface Move {
  readonly from: Found;
  /** Undefined for what was removed meanwhile. */
  readonly source: FoundEntry | undefined;
  readonly to: Found;
  readonly moved: Found;
}

/** The directory that its author took it from and the one where it is now count both. */
function requireMove(tree: TreeTransaction, move: Move, context: ApplyContext): void {
  const { from, source, to, moved } = move;
  const { acting } = context;
  const actual = source && source.parent !== from.inode ? tree.readNode(source.parent) : from.node;
  const leaves = (source?.parent ?? from.inode) !== to.inode;
  const reparents = moved.node.type === 'directory' && leaves;
  requireRight(
    context,
    () =>
      mayRemoveEntry(from.node, moved.node, acting) &&
      (actual === undefined || mayRemoveEntry(actual, moved.node, acting)) &&
      mayAddEntry(to.node, acting) &&
      (!reparents || mayReparent(moved.node, acting)),
    'may not move this name',
  );
}

/** What the author saw under the new name, be it displaced by now; unless it is another version. */
function victimOf(
  tree: TreeTransaction,
  to: Found,
  { victim, victimSeen, newName }: Rename,
): FoundEntry | undefined {
  if (victim === null) return undefined;
  const found = findNode(tree, victim);
  if (isKeptByUnseenEdit(tree, found, victimSeen)) return undefined;
  return lookForEntry(tree, to.inode, newName, found.inode);
}

/** A file of the same content that has the new name, with the version that they share. */
function equalFile(
  tree: TreeTransaction,
  { inode, node }: Found,
  place: Place,
  context: ApplyContext,
): [older: Found, version: Head] | undefined {
  const [version, ...others] = node.heads;
  if (!version || others.length > 0 || tree.readPlaces(inode).length > 1) return undefined;
  const older = fileToBecome(tree, place, node, version, context);
  return older && [older, version];
}

function replace(
  tree: TreeTransaction,
  target: FoundEntry,
  directory: Found,
  context: ApplyContext,
): void {
  const { node } = findNode(tree, target.entry.inode);
  const allowed = () => mayRemoveEntry(directory.node, node, context.acting);
  requireRight(context, allowed, 'may not replace what has the new name');
  removeName(tree, target, context);
}
