import { accessListXattr, modeAndList } from '../metadata/access-list.ts';
import type { InodeId } from '../metadata/ids.ts';
import type { Name } from '../metadata/name.ts';
import type { Node, Time } from '../metadata/node.ts';
import type { OperationFields, SetAttributes } from '../metadata/operation.ts';
import type { Replica } from '../metadata/replica.ts';
import type { PublishingContext } from './context.ts';
import { fileIdOf } from './file-id.ts';

/** When nobody can come to it any more, it never was. Does nothing to what is in use, or has a name. */
export function dropNameless(
  { nameless, references, files, content, logger }: NamelessParts,
  inode: InodeId,
): void {
  if (!nameless.has(inode) || references.has(inode) || files.get(inode) !== undefined) return;
  nameless.take(inode);
  try {
    content.remove(fileIdOf(inode));
  } catch (error) {
    // The next start finds bytes that no node knows.
    logger.warn({ inode, error }, 'the bytes of a file without a name could not be freed');
  }
}

type NamelessParts = Pick<
  PublishingContext,
  'nameless' | 'references' | 'files' | 'content' | 'logger'
>;

interface NamelessFile {
  node: Node;
  readonly xattrs: Map<Name, Buffer>;
}

/**
 * Files that were made without a name (O_TMPFILE). Nothing of them is told to the tree until they are given one: here is what the
 * tree would know. They end with whoever uses them, and are nothing after a restart.
 */
export class NamelessFiles {
  readonly #replica: Replica;
  readonly #files = new Map<InodeId, NamelessFile>();

  constructor(replica: Replica) {
    this.#replica = replica;
  }

  has(inode: InodeId): boolean {
    return this.#files.size > 0 && this.#files.has(inode);
  }

  add(node: Node): void {
    this.#files.set(node.inode, { node, xattrs: new Map() });
  }

  /** What it has become; it is nameless no more. Undefined for what is not. */
  take(inode: InodeId): Readonly<NamelessFile> | undefined {
    const file = this.#files.get(inode);
    this.#files.delete(inode);
    return file;
  }

  /** It could not be given a name after all. */
  putBack(file: NamelessFile): void {
    this.#files.set(file.node.inode, file);
  }

  node(inode: InodeId): Node | undefined {
    return this.has(inode) ? this.#files.get(inode)?.node : this.#replica.node(inode);
  }

  xattr(inode: InodeId, name: Name): Buffer | undefined {
    return this.has(inode)
      ? this.#files.get(inode)?.xattrs.get(name)
      : this.#replica.xattr(inode, name);
  }

  xattrNames(inode: InodeId): readonly Name[] {
    const file = this.has(inode) ? this.#files.get(inode) : undefined;
    return file === undefined ? this.#replica.xattrNames(inode) : [...file.xattrs.keys()];
  }

  /** Does to a nameless file what the operation would do to one in the tree; which one, or undefined when it is about none. */
  perform(fields: OperationFields): InodeId | undefined {
    if (!('inode' in fields)) return undefined;
    const file = this.has(fields.inode) ? this.#files.get(fields.inode) : undefined;
    if (file === undefined) return undefined;
    change(file, fields);
    file.node = { ...file.node, ctime: this.#replica.now() };
    return fields.inode;
  }
}

function change(file: NamelessFile, fields: OperationFields): void {
  const { kind } = fields;
  if (kind === 'set-attributes') file.node = withAttributes(file.node, fields);
  else if (kind === 'set-xattr') setXattr(file, fields.name, fields.value);
  else if (kind === 'remove-xattr') removeXattr(file, fields.name);
  else throw new Error(`${kind} of a file without a name`);
}

function setXattr(file: NamelessFile, name: Name, value: Buffer): void {
  if (name !== accessListXattr) file.xattrs.set(name, value);
  else file.node = { ...file.node, ...modeAndList(file.node.mode, value) };
}

function removeXattr(file: NamelessFile, name: Name): void {
  if (name === accessListXattr) file.node = { ...file.node, accessList: null };
  else file.xattrs.delete(name);
}

function withAttributes(node: Node, { mode, uid, gid, atime, mtime }: SetAttributes): Node {
  const times: { atime: Time; mtime: Time } = {
    atime: atime ?? node.atime,
    mtime: mtime ?? node.mtime,
  };
  return { ...node, mode: mode ?? node.mode, uid: uid ?? node.uid, gid: gid ?? node.gid, ...times };
}
