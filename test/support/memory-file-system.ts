import { constants } from 'node:fs';
import { rootInode, type InodeId } from '../../src/metadata/ids.ts';
import type { Name } from '../../src/metadata/name.ts';
import type { NodeType } from '../../src/metadata/node.ts';
import type {
  AttributeChange,
  Attributes,
  Caller,
  CreatedFile,
  DirectoryHandle,
  FileHandle,
  FileSystem,
  FileSystemStatistics,
  RenameMode,
} from '../../src/vfs/file-system.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { FileLocking } from '../../src/vfs/operations/lock.ts';
import { posixErrors } from '../../src/vfs/posix-error.ts';
import { MemoryNode } from './memory-node.ts';

type Take = Parameters<FileSystem['list']>[3];

/** A file of this name never has its bytes: reading it waits until it is interrupted. */
export const hangingName = 'hangs' as Name;

/** A file system without network or disk, to try what carries requests to it. Checks no permissions. */
export class MemoryFileSystem implements FileSystem {
  readonly #nodes = new Map<InodeId, MemoryNode>();
  readonly #references = new Map<InodeId, number>();
  readonly locks = new FileLocking((inode) => inode, systemClock);
  #lastInode = rootInode as number;
  openHandles = 0;

  constructor() {
    this.#nodes.set(rootInode, new MemoryNode(rootInode, 'directory', 0o755, 0, 0));
  }

  /** Inodes that the kernel knows. */
  get referencedInodes(): number {
    return this.#references.size;
  }

  node(inode: InodeId): MemoryNode {
    const node = this.#nodes.get(inode);
    if (node === undefined) throw posixErrors.ESTALE;
    return node;
  }

  child(parent: InodeId, name: Name): MemoryNode {
    const inode = this.#directory(parent).children.get(name)?.inode;
    if (inode === undefined) throw posixErrors.ENOENT;
    return this.node(inode);
  }

  lookup(_caller: Caller, parent: InodeId, name: Name): Attributes {
    return this.#referenced(this.child(parent, name));
  }

  find(caller: Caller, parent: InodeId, name: Name): Attributes | undefined {
    const isThere = this.#directory(parent).children.has(name);
    return isThere ? this.lookup(caller, parent, name) : undefined;
  }

  forget(inode: InodeId, references: number): void {
    const left = (this.#references.get(inode) ?? 0) - references;
    if (left < 0) throw new Error(`inode ${inode} was forgotten more often than looked up`);
    if (left > 0) this.#references.set(inode, left);
    else this.#references.delete(inode);
  }

  isReferenced(inode: InodeId): boolean {
    return this.#references.has(inode);
  }

  attributes(inode: InodeId): Attributes {
    return this.node(inode).attributes();
  }

  setAttributes(_caller: Caller, inode: InodeId, change: AttributeChange): Attributes {
    const node = this.node(inode);
    if (change.size !== undefined) node.resize(change.size);
    node.change(change);
    return node.attributes();
  }

  readlink(inode: InodeId): string {
    return this.node(inode).target;
  }

  access(): void {}

  makeNode(
    caller: Caller,
    parent: InodeId,
    name: Name,
    type: NodeType,
    mode: number,
    rdev: number,
  ): Attributes {
    const node = this.add(caller, parent, name, type, mode & ~caller.umask);
    node.rdev = rdev;
    return this.#referenced(node);
  }

  makeDirectory(caller: Caller, parent: InodeId, name: Name, mode: number): Attributes {
    return this.#referenced(this.add(caller, parent, name, 'directory', mode & ~caller.umask));
  }

  symlink(caller: Caller, parent: InodeId, name: Name, target: string): Attributes {
    const node = this.add(caller, parent, name, 'symlink', 0o777);
    node.target = target;
    return this.#referenced(node);
  }

  link(_caller: Caller, inode: InodeId, newParent: InodeId, newName: Name): Attributes {
    const node = this.node(inode);
    this.#enter(newParent, newName, node);
    return this.#referenced(node);
  }

  unlink(_caller: Caller, parent: InodeId, name: Name): void {
    const node = this.child(parent, name);
    if (node.type === 'directory') throw posixErrors.EISDIR;
    this.#leave(parent, name, node);
  }

  removeDirectory(_caller: Caller, parent: InodeId, name: Name): void {
    const node = this.child(parent, name);
    if (node.type !== 'directory') throw posixErrors.ENOTDIR;
    if (node.children.size > 0) throw posixErrors.ENOTEMPTY;
    this.#leave(parent, name, node);
  }

  rename(
    _caller: Caller,
    parent: InodeId,
    name: Name,
    newParent: InodeId,
    newName: Name,
    mode: RenameMode,
  ): void {
    const node = this.child(parent, name);
    const victim = this.#directory(newParent).children.get(newName);
    if (victim !== undefined && mode === 'no-replace') throw posixErrors.EEXIST;
    if (victim === undefined && mode === 'exchange') throw posixErrors.ENOENT;
    const other = victim && this.node(victim.inode);
    if (other === node) return;
    if (other !== undefined) this.#leave(newParent, newName, other);
    this.#leave(parent, name, node);
    this.#enter(newParent, newName, node);
    if (other !== undefined && mode === 'exchange') this.#enter(parent, name, other);
  }

  open(_caller: Caller, inode: InodeId, flags: number): FileHandle {
    const node = this.node(inode);
    if ((flags & constants.O_TRUNC) !== 0) node.resize(0);
    this.openHandles++;
    return { inode, keepCache: true, appends: (flags & constants.O_APPEND) !== 0 };
  }

  createNameless(): CreatedFile {
    throw posixErrors.EOPNOTSUPP;
  }

  create(caller: Caller, parent: InodeId, name: Name, mode: number, flags: number): CreatedFile {
    const node = this.add(caller, parent, name, 'file', mode & ~caller.umask);
    const handle = this.open(caller, node.inode, flags);
    return { attributes: this.#referenced(node), handle };
  }

  read(
    handle: FileHandle,
    position: number,
    target: Buffer,
    signal: AbortSignal | undefined,
  ): number | Promise<number> {
    const node = this.node(handle.inode);
    if (this.#directory(rootInode).children.get(hangingName)?.inode === node.inode) {
      return new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason as Error));
      });
    }
    return node.read(position, target);
  }

  write(_caller: Caller, handle: FileHandle, position: number, data: Buffer): number {
    const node = this.node(handle.inode);
    return node.write(handle.appends ? node.size : position, data);
  }

  flush(): void {}

  async fsync(): Promise<void> {}

  release(): void {
    this.openHandles--;
  }

  allocate(
    _caller: Caller,
    handle: FileHandle,
    mode: number,
    position: number,
    length: number,
  ): void {
    const node = this.node(handle.inode);
    if (mode === punchHole) node.write(position, Buffer.alloc(Math.min(length, node.size)));
    else if (mode === 0) node.resize(Math.max(node.size, position + length));
    else throw posixErrors.EOPNOTSUPP;
  }

  /** Everything is data, up to the end. */
  seek(handle: FileHandle, position: number, whence: number): number {
    const { size } = this.node(handle.inode);
    if (position >= size) throw posixErrors.ENXIO;
    return whence === seekData ? position : size;
  }

  copyRange(
    _caller: Caller,
    from: FileHandle,
    fromPosition: number,
    to: FileHandle,
    toPosition: number,
    length: number,
  ): number {
    const source = this.node(from.inode);
    const bytes = Buffer.alloc(Math.max(0, Math.min(length, source.size - fromPosition)));
    source.read(fromPosition, bytes);
    return this.node(to.inode).write(toPosition, bytes);
  }

  openDirectory(_caller: Caller, inode: InodeId): DirectoryHandle {
    this.#directory(inode);
    this.openHandles++;
    return { inode };
  }

  list(handle: DirectoryHandle, cookie: number, withAttributes: boolean, take: Take): void {
    const directory = this.#directory(handle.inode);
    if (cookie < 1 && !take('.', directory.inode, 'directory', 1, null)) return;
    if (cookie < 2 && !take('..', directory.inode, 'directory', 2, null)) return;
    for (const [name, entry] of directory.children) {
      if (entry.cookie <= cookie) continue;
      const node = this.node(entry.inode);
      const attributes = withAttributes ? node.attributes() : null;
      if (!take(name, node.inode, node.type, entry.cookie, attributes)) return;
      if (withAttributes) this.#count(node.inode);
    }
  }

  async syncDirectory(): Promise<void> {}

  releaseDirectory(): void {
    this.openHandles--;
  }

  findXattr(_caller: Caller, inode: InodeId, name: Name): Buffer | undefined {
    return this.node(inode).xattrs.get(name);
  }

  getXattr(caller: Caller, inode: InodeId, name: Name): Buffer {
    const value = this.findXattr(caller, inode, name);
    if (value === undefined) throw posixErrors.ENODATA;
    return value;
  }

  listXattrs(_caller: Caller, inode: InodeId): readonly Name[] {
    return [...this.node(inode).xattrs.keys()];
  }

  setXattr(_caller: Caller, inode: InodeId, name: Name, value: Buffer, flags: number): void {
    const { xattrs } = this.node(inode);
    if (flags === xattrCreate && xattrs.has(name)) throw posixErrors.EEXIST;
    xattrs.set(name, value);
  }

  removeXattr(_caller: Caller, inode: InodeId, name: Name): void {
    if (!this.node(inode).xattrs.delete(name)) throw posixErrors.ENODATA;
  }

  statistics(): FileSystemStatistics {
    return {
      blockSize: 4096,
      blocks: 1_000_000,
      blocksFree: 600_000,
      blocksAvailable: 500_000,
      inodes: 1000,
      inodesFree: 900,
      maximumNameBytes: 255,
    };
  }

  /** Makes a node and its name, as a remote peer's change does: without counting a reference. */
  add(
    caller: Pick<Caller, 'uid' | 'gid'>,
    parent: InodeId,
    name: Name,
    type: NodeType,
    mode: number,
  ): MemoryNode {
    const inode = ++this.#lastInode as InodeId;
    const node = new MemoryNode(inode, type, mode, caller.uid, caller.gid);
    this.#enter(parent, name, node);
    this.#nodes.set(inode, node);
    return node;
  }

  #enter(parent: InodeId, name: Name, node: MemoryNode): void {
    const directory = this.#directory(parent);
    if (directory.children.has(name)) throw posixErrors.EEXIST;
    directory.enter(name, node.inode);
    node.names++;
  }

  #leave(parent: InodeId, name: Name, node: MemoryNode): void {
    this.#directory(parent).leave(name);
    node.names--;
  }

  #directory(inode: InodeId): MemoryNode {
    const node = this.node(inode);
    if (node.type !== 'directory') throw posixErrors.ENOTDIR;
    return node;
  }

  #referenced(node: MemoryNode): Attributes {
    this.#count(node.inode);
    return node.attributes();
  }

  #count(inode: InodeId): void {
    this.#references.set(inode, (this.#references.get(inode) ?? 0) + 1);
  }
}

const seekData = 3;
const punchHole = 0x03;
const xattrCreate = 1;
