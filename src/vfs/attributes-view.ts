import type { ContentStore } from '../content/content-store.ts';
import type { Version } from '../content/version.ts';
import type { InodeId } from '../metadata/ids.ts';
import { isLater, type Node, type Time } from '../metadata/node.ts';
import { fileIdOf } from './file-id.ts';
import type { Attributes } from './file-system.ts';
import { GenerationCache } from '../util/generation-cache.ts';
import { withoutPrivileges } from './mode.ts';
import type { NamelessFiles } from './nameless-files.ts';
import type { OpenFile } from './open-file.ts';
import type { OpenFiles } from './open-files.ts';
import { posixErrors } from './posix-error.ts';
import type { ShownNumbers } from './shown-numbers.ts';

/** What a directory's `st_size` says. It has no size of its own; some programs take 0 for broken. */
const directoryBytes = 4096;

const statBlockBytes = 512;

/**
 * The attributes that requests see: the tree's, and over them what was written here and is not published. Kept ready for what is
 * asked again; whoever changes something calls `invalidate`.
 */
export class AttributesView {
  readonly #nodes: NamelessFiles;
  readonly #content: ContentStore;
  readonly #files: OpenFiles;
  readonly #shown: ShownNumbers;
  readonly #cache: GenerationCache<InodeId, Attributes>;

  constructor(
    nodes: NamelessFiles,
    content: ContentStore,
    files: OpenFiles,
    shown: ShownNumbers,
    limit: number,
  ) {
    this.#shown = shown;
    this.#nodes = nodes;
    this.#content = content;
    this.#files = files;
    this.#cache = new GenerationCache(limit);
  }

  /** Throws ESTALE for a number that is no inode. */
  of(inode: InodeId): Attributes {
    const cached = this.#cache.get(inode);
    if (cached !== undefined && this.#blocksHold(cached)) return cached;
    const node = this.#nodes.node(inode);
    if (node === undefined) throw posixErrors.ESTALE;
    const attributes = this.#build(node);
    this.#cache.set(inode, attributes);
    return attributes;
  }

  invalidate(inode: InodeId): void {
    this.#cache.delete(inode);
  }

  // Blocks of a file in use arrive without anybody telling; what is wholly here stays here while it is used.
  #blocksHold(cached: Attributes): boolean {
    if (cached.type !== 'file' || cached.blocks * statBlockBytes >= cached.size) return true;
    const file = this.#files.get(cached.inode);
    return file === undefined || this.#residentBlocks(cached.inode, file.base) === cached.blocks;
  }

  #build(node: Node): Attributes {
    if (node.type !== 'file') return this.#plain(node, sizeOf(node), 0);
    const file = this.#files.get(node.inode);
    const head = node.heads[0];
    // Most files of a tree that was just listed were never opened, and those never written have nothing to look for.
    if (file === undefined && head === undefined) return this.#plain(node, 0, 0);
    const size = file === undefined ? (head?.size ?? 0) : file.content.size;
    const version = (file === undefined ? head : file.base) ?? null;
    const attributes = this.#plain(node, size, this.#residentBlocks(node.inode, version));
    if (file === undefined) return attributes;
    return withPendingChanges(withTimesBefore(attributes, file), file);
  }

  #plain(node: Node, size: number, blocks: number): Attributes {
    return {
      inode: node.inode,
      type: node.type,
      mode: node.mode,
      links: node.links,
      uid: this.#shown.user(node.uid),
      gid: this.#shown.group(node.gid),
      rdev: node.rdev,
      size,
      blocks,
      atime: node.atime,
      mtime: node.mtime,
      ctime: node.ctime,
    };
  }

  #residentBlocks(inode: InodeId, version: Version | null): number {
    const bytes = this.#content.residentBytes(fileIdOf(inode), version);
    return Math.ceil(bytes / statBlockBytes);
  }
}

/** Who still sees the bytes of the version before sees its times. */
function withTimesBefore(attributes: Attributes, { timesBefore }: OpenFile): Attributes {
  if (timesBefore === null) return attributes;
  const { mtime, ctime } = timesBefore;
  return { ...attributes, mtime, ctime };
}

function withPendingChanges(attributes: Attributes, file: OpenFile): Attributes {
  const mtime = file.pendingMtime;
  if (mtime === null && !file.clearsPrivileges) return attributes;
  file.pendingTimesTold = true;
  return {
    ...attributes,
    mode: file.clearsPrivileges ? withoutPrivileges(attributes.mode) : attributes.mode,
    mtime: mtime ?? attributes.mtime,
    ctime: mtime === null ? attributes.ctime : changeTime(attributes, mtime),
  };
}

function sizeOf(node: Node): number {
  return node.type === 'directory' ? directoryBytes : node.target.length;
}

// A pending time that the tree has too was set by somebody, and says nothing of when that was.
function changeTime({ mtime, ctime }: Attributes, pendingMtime: Time): Time {
  const wasSet = !isLater(pendingMtime, mtime) && !isLater(mtime, pendingMtime);
  return !wasSet && isLater(pendingMtime, ctime) ? pendingMtime : ctime;
}
