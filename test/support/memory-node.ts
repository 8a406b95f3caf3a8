import type { InodeId } from '../../src/metadata/ids.ts';
import type { Name } from '../../src/metadata/name.ts';
import type { NodeType, Time } from '../../src/metadata/node.ts';
import type { AttributeChange, Attributes } from '../../src/vfs/file-system.ts';

/** An inode of the file system in memory. */
export class MemoryNode {
  readonly inode: InodeId;
  readonly type: NodeType;
  readonly children = new Map<Name, { readonly inode: InodeId; readonly cookie: number }>();
  readonly xattrs = new Map<Name, Buffer>();
  target = '';
  rdev = 0;
  names = 0;
  size = 0;
  #mode: number;
  #uid: number;
  #gid: number;
  #atime = now();
  #mtime = now();
  #ctime = now();
  #lastCookie = 2;
  #bytes = Buffer.alloc(0);

  constructor(inode: InodeId, type: NodeType, mode: number, uid: number, gid: number) {
    this.inode = inode;
    this.type = type;
    this.#mode = mode;
    this.#uid = uid;
    this.#gid = gid;
  }

  attributes(): Attributes {
    return {
      inode: this.inode,
      type: this.type,
      mode: this.#mode,
      links: this.type === 'directory' ? 2 : this.names,
      uid: this.#uid,
      gid: this.#gid,
      rdev: this.rdev,
      size: this.type === 'symlink' ? this.target.length : this.size,
      blocks: Math.ceil(this.size / 512),
      atime: this.#atime,
      mtime: this.#mtime,
      ctime: this.#ctime,
    };
  }

  change(change: AttributeChange): void {
    this.#mode = change.mode ?? this.#mode;
    if (change.clearPrivileges === true) this.#mode &= ~0o6000;
    this.#uid = change.uid ?? this.#uid;
    this.#gid = change.gid ?? this.#gid;
    if (change.atime !== undefined) this.#atime = timeOf(change.atime);
    if (change.mtime !== undefined) this.#mtime = timeOf(change.mtime);
    this.#ctime = now();
  }

  enter(name: Name, inode: InodeId): void {
    this.children.set(name, { inode, cookie: ++this.#lastCookie });
    this.#mtime = now();
  }

  leave(name: Name): void {
    this.children.delete(name);
    this.#mtime = now();
  }

  read(position: number, target: Buffer): number {
    if (position >= this.size) return 0;
    return this.#bytes.copy(target, 0, position, Math.min(this.size, position + target.length));
  }

  write(position: number, data: Buffer): number {
    if (position + data.length > this.size) this.resize(position + data.length);
    data.copy(this.#bytes, position);
    this.#mtime = now();
    return data.length;
  }

  resize(size: number): void {
    if (size > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(size, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, this.size);
      this.#bytes = larger;
    } else if (size < this.size) {
      this.#bytes.fill(0, size, this.size);
    }
    this.size = size;
    this.#mtime = now();
  }
}

function now(): Time {
  const milliseconds = Date.now();
  const seconds = Math.floor(milliseconds / 1000);
  return { seconds, nanoseconds: (milliseconds - seconds * 1000) * 1_000_000 };
}

function timeOf(time: Time | 'now'): Time {
  return time === 'now' ? now() : time;
}
