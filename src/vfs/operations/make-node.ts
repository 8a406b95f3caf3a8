import type { InodeId } from '../../metadata/ids.ts';
import type { Name } from '../../metadata/name.ts';
import type { NodeType } from '../../metadata/node.ts';
import type { Context } from '../context.ts';
import type { Attributes, Caller } from '../file-system.ts';
import { maximumTargetBytes } from '../limits.ts';
import { posixErrors } from '../posix-error.ts';
import { createNode } from './create-node.ts';

/** mknod(2). */
export function makeNode(
  context: Context,
  caller: Caller,
  parent: InodeId,
  name: Name,
  type: NodeType,
  mode: number,
  rdev: number,
): Attributes {
  if (type === 'directory') throw posixErrors.EPERM;
  if (type === 'symlink') throw posixErrors.EINVAL;
  const isDevice = type === 'character-device' || type === 'block-device';
  return createNode(context, caller, parent, name, {
    type,
    mode,
    rdev: isDevice ? rdev : 0,
    target: '',
  });
}

/** mkdir(2). */
export function makeDirectory(
  context: Context,
  caller: Caller,
  parent: InodeId,
  name: Name,
  mode: number,
): Attributes {
  const fresh = { type: 'directory', mode, rdev: 0, target: '' } as const;
  return createNode(context, caller, parent, name, fresh);
}

/** symlink(2). The mode of a symbolic link means nothing and shows as everything, whatever the umask. */
export function makeSymlink(
  context: Context,
  caller: Caller,
  parent: InodeId,
  name: Name,
  target: string,
): Attributes {
  if (target.length === 0) throw posixErrors.ENOENT;
  if (target.length > maximumTargetBytes) throw posixErrors.ENAMETOOLONG;
  const fresh = { type: 'symlink', mode: 0o777, rdev: 0, target } as const;
  return createNode(context, { ...caller, umask: 0 }, parent, name, fresh);
}
