import { hash } from '../../../src/crypto/hash.ts';
import type { InodeId } from '../../../src/metadata/ids.ts';
import type { NodeType, Time } from '../../../src/metadata/node.ts';
import { PosixError } from '../../../src/vfs/posix-error.ts';
import type { WorldPeer } from './world-peer.ts';

/** A name in the tree and what it leads to, for comparing. */
export interface DescribedEntry {
  readonly path: string;
  readonly type: NodeType;
  readonly inode: InodeId;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly links: number;
  readonly size: number;
  readonly atime: Time;
  readonly mtime: Time;
  readonly ctime: Time;
  /** Of a symbolic link. */
  readonly target: string;
  /** Of a file: its bytes as text, and the hash of them in hex. */
  readonly text: string;
  readonly hash: string;
  readonly xattrs: Readonly<Record<string, string>>;
}

export interface TreeOptions {
  /** A file whose bytes nobody has is no failure but shown as such. */
  readonly unreadable?: 'fails' | 'shown';
}

/** Everything that a peer shows, in the order of the paths, as its own user reads it. Bytes are fetched where they are not here. */
export async function describeTree(
  peer: WorldPeer,
  options: TreeOptions = {},
  folder = '/',
): Promise<DescribedEntry[]> {
  const described: DescribedEntry[] = [];
  for (const name of peer.list(folder)) {
    const path = folder === '/' ? `/${name}` : `${folder}/${name}`;
    const entry = await describeEntry(peer, options, path);
    described.push(entry);
    if (entry.type === 'directory') described.push(...(await describeTree(peer, options, path)));
  }
  return described;
}

async function describeEntry(
  peer: WorldPeer,
  options: TreeOptions,
  path: string,
): Promise<DescribedEntry> {
  const { blocks: _, ...attributes } = peer.stat(path);
  const { type } = attributes;
  const bytes = type === 'file' ? await bytesOf(peer, options, path) : Buffer.alloc(0);
  const xattrs = peer.xattrs(path).map((name) => [name, peer.getxattr(path, name)]);
  return {
    path,
    ...attributes,
    target: type === 'symlink' ? peer.readlink(path) : '',
    text: bytes?.toString() ?? 'nobody has these bytes',
    hash: bytes && type === 'file' ? hash(bytes).toString('hex') : '',
    xattrs: Object.fromEntries(xattrs) as Record<string, string>,
  };
}

async function bytesOf(
  peer: WorldPeer,
  { unreadable = 'fails' }: TreeOptions,
  path: string,
): Promise<Buffer | undefined> {
  try {
    return await peer.readBytes(path);
  } catch (error) {
    if (!(error instanceof PosixError)) throw error;
    if (unreadable === 'shown' && error.code === 'EIO') return undefined;
    throw new Error(`${peer.name} cannot read ${path}: ${error.code}`, { cause: error });
  }
}
