import { modeOfList, saysMoreThanMode } from '../../metadata/access-list.ts';
import type { InodeId } from '../../metadata/ids.ts';
import type { Name } from '../../metadata/name.ts';
import type { Node, NodeType } from '../../metadata/node.ts';
import type { Acting, Create } from '../../metadata/operation.ts';
import type { Context } from '../context.ts';
import type { Attributes, Caller } from '../file-system.ts';
import { permissionBits, setGroupBit } from '../flags.ts';
import { posixErrors } from '../posix-error.ts';
import { checkAlive, searchedDirectory } from '../tree-view.ts';

export interface NewNode {
  readonly type: NodeType;
  readonly mode: number;
  readonly rdev: number;
  readonly target: string;
}

/** What all requests that make a node have in common. Counts a reference. */
export function createNode(
  context: Context,
  caller: Caller,
  parent: InodeId,
  name: Name,
  fresh: NewNode,
): Attributes {
  const acting = context.actors.actingOf(caller);
  const directory = searchedDirectory(context, acting, parent, name);
  if (context.replica.entry(parent, name) !== undefined) throw posixErrors.EEXIST;
  checkAlive(directory);
  context.access.addEntry(acting, directory);
  context.access.makeNode(acting, fresh.type);
  const inode = context.replica.newInode();
  const { type, rdev, target } = fresh;
  const beginning = beginningOf(context, caller, directory, fresh);
  const fields = { inode, parent, name, type, rdev, target, ...beginning };
  context.perform(acting, { kind: 'create', ...fields });
  context.references.add(inode);
  return context.attributes.of(inode);
}

/** Whose it is, and who may do what with it. */
export function beginningOf(
  context: Context,
  caller: Caller,
  directory: Node,
  fresh: NewNode,
): Pick<Create, 'mode' | 'uid' | 'gid' | 'inherits'> {
  const acting = context.actors.actingOf(caller);
  // A set-group-id directory hands its group down, and to directories the bit as well.
  const inherits = (directory.mode & setGroupBit) !== 0;
  const gid = inherits ? directory.gid : context.actors.groupOf(caller);
  const mode = modeOf(context, acting, caller, directory, gid, fresh);
  return { mode, uid: acting.uid, gid, ...inheritance(directory, fresh.type) };
}

/** A default list does what the umask does elsewhere. */
function allowedBits({ umask }: Caller, { defaultList }: Node, type: NodeType): number {
  if (defaultList === null || type === 'symlink') return ~umask;
  return modeOfList(defaultList) | ~0o777;
}

function inheritance({ defaultList }: Node, type: NodeType): { inherits?: Buffer } {
  if (defaultList === null || type === 'symlink') return {};
  return type === 'directory' || saysMoreThanMode(defaultList) ? { inherits: defaultList } : {};
}

function modeOf(
  context: Context,
  acting: Acting,
  caller: Caller,
  directory: Node,
  gid: number,
  fresh: NewNode,
): number {
  const mode = fresh.mode & allowedBits(caller, directory, fresh.type) & permissionBits;
  if (fresh.type === 'directory') return mode | (directory.mode & setGroupBit);
  return context.access.grantedMode(acting, gid, mode);
}
