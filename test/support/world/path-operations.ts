import type { InodeId } from '../../../src/metadata/ids.ts';
import { rootInode } from '../../../src/metadata/ids.ts';
import type { Name } from '../../../src/metadata/name.ts';
import type { NodeType } from '../../../src/metadata/node.ts';
import type {
  AttributeChange,
  Attributes,
  Caller,
  FileHandle,
  FileSystem,
  RenameMode,
} from '../../../src/vfs/file-system.ts';
import { PosixError } from '../../../src/vfs/posix-error.ts';
import { fromName, namesOf, splitPath, toName } from './path-names.ts';

const flags = { readOnly: 0, writeOnly: 1, readWrite: 2, truncate: 0o1000, append: 0o2000 };

/** How a promise of the file system comes to its end while the world's time stands still. */
export type Wait = <T>(work: T | Promise<T>) => Promise<T>;

/** What programs do, by paths, as one user. Throws PosixErrors. */
export class PathOperations {
  readonly #fileSystem: () => FileSystem;
  readonly #caller: Caller;
  readonly #wait: Wait;

  constructor(fileSystem: () => FileSystem, caller: Caller, wait: Wait) {
    this.#fileSystem = fileSystem;
    this.#caller = caller;
    this.#wait = wait;
  }

  /** The same as another user: means something on `lan` only. */
  as(uid: number, gid = uid): PathOperations {
    return new PathOperations(this.#fileSystem, { ...this.#caller, uid, gid }, this.#wait);
  }

  /** As `echo > path`: makes the file or replaces its bytes. */
  async write(path: string, text: string | Buffer, mode = 0o644): Promise<void> {
    const open = await this.open(path, 'write', mode);
    await this.#writeAndClose(open, text);
  }

  async append(path: string, text: string | Buffer): Promise<void> {
    await this.#writeAndClose(await this.open(path, 'append'), text);
  }

  async writeAt(path: string, position: number, text: string | Buffer): Promise<void> {
    await this.#writeAndClose(await this.open(path, 'change'), text, position);
  }

  async read(path: string): Promise<string> {
    return (await this.readBytes(path)).toString();
  }

  async readBytes(path: string): Promise<Buffer> {
    const open = await this.open(path, 'read');
    try {
      return await open.read();
    } finally {
      await open.close();
    }
  }

  /** An open file; `write` empties it, `change` does not. */
  async open(
    path: string,
    how: 'read' | 'write' | 'append' | 'change',
    mode = 0o644,
  ): Promise<OpenPath> {
    const bits = {
      read: flags.readOnly,
      write: flags.writeOnly | flags.truncate,
      append: flags.writeOnly | flags.append,
      change: flags.readWrite,
    }[how];
    const handle = await this.#openHandle(path, how, bits, mode);
    return new OpenPath(this.#fileSystem(), this.#caller, handle, this.#wait);
  }

  async truncate(path: string, size: number): Promise<void> {
    await this.setAttributes(path, { size });
  }

  mkdir(path: string, mode = 0o755): void {
    this.#make(path, (parent, name) =>
      this.#fileSystem().makeDirectory(this.#caller, parent, name, mode),
    );
  }

  symlink(path: string, target: string): void {
    this.#make(path, (parent, name) =>
      this.#fileSystem().symlink(this.#caller, parent, name, toName(target)),
    );
  }

  mknod(path: string, type: NodeType, mode = 0o644, rdev = 0): void {
    this.#make(path, (parent, name) =>
      this.#fileSystem().makeNode(this.#caller, parent, name, type, mode, rdev),
    );
  }

  link(path: string, newPath: string): void {
    const inode = this.inode(path);
    const { parent, name } = this.#place(newPath);
    // What has a name already gets another one without waiting.
    void this.#fileSystem().link(this.#caller, inode, parent, name);
    this.#fileSystem().forget(inode, 1);
  }

  unlink(path: string): void {
    const { parent, name } = this.#place(path);
    this.#fileSystem().unlink(this.#caller, parent, name);
  }

  rmdir(path: string): void {
    const { parent, name } = this.#place(path);
    this.#fileSystem().removeDirectory(this.#caller, parent, name);
  }

  rename(path: string, newPath: string, mode: RenameMode = 'replace'): void {
    const from = this.#place(path);
    const to = this.#place(newPath);
    this.#fileSystem().rename(this.#caller, from.parent, from.name, to.parent, to.name, mode);
  }

  exchange(path: string, otherPath: string): void {
    this.rename(path, otherPath, 'exchange');
  }

  async chmod(path: string, mode: number): Promise<void> {
    await this.setAttributes(path, { mode });
  }

  async chown(path: string, uid: number, gid = uid): Promise<void> {
    await this.setAttributes(path, { uid, gid });
  }

  /** Modification time, in seconds. */
  async touch(path: string, seconds: number): Promise<void> {
    await this.setAttributes(path, { mtime: { seconds, nanoseconds: 0 } });
  }

  async setAttributes(path: string, change: AttributeChange): Promise<void> {
    await this.#wait(this.#fileSystem().setAttributes(this.#caller, this.inode(path), change));
  }

  setxattr(path: string, name: string, value: string | Buffer): void {
    const bytes = Buffer.from(value);
    this.#fileSystem().setXattr(this.#caller, this.inode(path), toName(name), bytes, 0);
  }

  getxattr(path: string, name: string): string {
    return this.#fileSystem().getXattr(this.#caller, this.inode(path), toName(name)).toString();
  }

  removexattr(path: string, name: string): void {
    this.#fileSystem().removeXattr(this.#caller, this.inode(path), toName(name));
  }

  xattrs(path: string): string[] {
    return this.#fileSystem().listXattrs(this.#caller, this.inode(path)).map(fromName).sort();
  }

  readlink(path: string): string {
    return fromName(this.#fileSystem().readlink(this.inode(path)));
  }

  stat(path: string): Attributes {
    return this.#fileSystem().attributes(this.inode(path));
  }

  exists(path: string): boolean {
    try {
      this.inode(path);
      return true;
    } catch (error) {
      if (error instanceof PosixError) return false;
      throw error;
    }
  }

  /** Names in a directory, sorted. */
  list(path = '/'): string[] {
    const fileSystem = this.#fileSystem();
    const handle = fileSystem.openDirectory(this.#caller, this.inode(path));
    const names: string[] = [];
    fileSystem.list(handle, 0, false, (name) => names.push(fromName(name)) > 0);
    fileSystem.releaseDirectory(handle);
    return names.filter((name) => name !== '.' && name !== '..').sort();
  }

  inode(path: string): InodeId {
    return this.#walk(namesOf(path));
  }

  #place(path: string): { parent: InodeId; name: Name } {
    const { folder, name } = splitPath(path);
    return { parent: this.#walk(folder), name };
  }

  #walk(names: readonly Name[]): InodeId {
    let inode = rootInode;
    for (const name of names) {
      const found = this.#fileSystem().lookup(this.#caller, inode, name).inode;
      this.#fileSystem().forget(found, 1);
      inode = found;
    }
    return inode;
  }

  /** The kernel would go on to know what was made; a path knows nothing. */
  #make(path: string, make: (parent: InodeId, name: Name) => Attributes): void {
    const { parent, name } = this.#place(path);
    this.#fileSystem().forget(make(parent, name).inode, 1);
  }

  async #openHandle(
    path: string,
    how: 'read' | 'write' | 'append' | 'change',
    bits: number,
    mode: number,
  ): Promise<FileHandle> {
    const fileSystem = this.#fileSystem();
    if (how === 'read' || how === 'change' || this.exists(path)) {
      return this.#wait(fileSystem.open(this.#caller, this.inode(path), bits));
    }
    const { parent, name } = this.#place(path);
    const created = await this.#wait(
      fileSystem.create(this.#caller, parent, name, mode, bits & ~flags.truncate),
    );
    fileSystem.forget(created.attributes.inode, 1);
    return created.handle;
  }

  async #writeAndClose(open: OpenPath, text: string | Buffer, position = 0): Promise<void> {
    try {
      await open.write(text, position);
    } finally {
      await open.close();
    }
  }
}

/** An open file descriptor. */
export class OpenPath {
  readonly #fileSystem: FileSystem;
  readonly #caller: Caller;
  readonly #handle: FileHandle;
  readonly #wait: Wait;

  constructor(fileSystem: FileSystem, caller: Caller, handle: FileHandle, wait: Wait) {
    this.#fileSystem = fileSystem;
    this.#caller = caller;
    this.#handle = handle;
    this.#wait = wait;
  }

  async write(text: string | Buffer, position = 0): Promise<void> {
    const bytes = Buffer.from(text);
    const { length } = bytes;
    for (let done = 0; done < length;) {
      const rest = bytes.subarray(done);
      done += await this.#wait(
        this.#fileSystem.write(this.#caller, this.#handle, position + done, rest, false),
      );
    }
  }

  async read(): Promise<Buffer> {
    const { size } = this.#fileSystem.attributes(this.#handle.inode);
    const target = Buffer.alloc(size);
    const got = await this.#wait(this.#fileSystem.read(this.#handle, 0, target, undefined));
    return target.subarray(0, got);
  }

  async fsync(): Promise<void> {
    await this.#wait(this.#fileSystem.fsync(this.#handle, false));
  }

  async close(): Promise<void> {
    try {
      await this.#wait(this.#fileSystem.flush(this.#handle));
    } finally {
      await this.#wait(this.#fileSystem.release(this.#handle));
    }
  }
}
