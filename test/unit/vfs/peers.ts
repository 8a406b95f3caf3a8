import { rootInode, type InodeId } from '../../../src/metadata/ids.ts';
import { nameForPeople, nameFromText, type Name } from '../../../src/metadata/name.ts';
import type { Flavour } from '../../../src/metadata/operations/operation-kind.ts';
import type { FileContentStore } from '../../../src/content/store.ts';
import type { ContentStore } from '../../../src/content/content-store.ts';
import { silentLogger } from '../../../src/platform/logger.ts';
import type { Disk } from '../../../src/storage/disk.ts';
import { createFileSystem, type RunningFileSystem } from '../../../src/vfs/create-file-system.ts';
import type { Caller, FileHandle } from '../../../src/vfs/file-system.ts';
import type { FileSystemLimits } from '../../../src/vfs/limits.ts';
import type { Room } from '../../../src/vfs/scarce-room.ts';
import type { InTouch } from '../../../src/vfs/options.ts';
import type { UserNumbers } from '../../../src/vfs/shown-numbers.ts';
import { PosixError } from '../../../src/vfs/posix-error.ts';
import { StoreSource, World as ContentWorld } from '../content/world.ts';
import {
  deliver,
  testDevice,
  World as TreeWorld,
  type TestHome,
} from '../../support/replica-world.ts';

/** A file system over a real replica and a real content store, with what its observer was told. */
export interface Peer {
  readonly home: TestHome;
  readonly content: FileContentStore;
  readonly fs: RunningFileSystem;
  /** Observer's calls, as text, in order. */
  readonly told: string[];
}

export interface PeerOptions {
  readonly device?: number;
  readonly flavour?: Flavour;
  /** On `net`: as whom the user of the device is known on its machine. */
  readonly local?: UserNumbers;
  readonly limits?: Partial<FileSystemLimits>;
  readonly contentDisk?: Disk;
  readonly inTouch?: InTouch;
  /** Of its disk. */
  readonly room?: Room;
  /** To make the content store fail or wait where a test says. */
  readonly wrapContent?: (content: FileContentStore) => ContentStore;
  /** An earlier peer's folders. */
  readonly folders?: { readonly tree: string; readonly content: string };
}

export class Peers implements AsyncDisposable {
  readonly #trees = new TreeWorld();
  readonly #contents = new ContentWorld();
  readonly clock = this.#trees.clock;
  readonly #devices = new Map<number, ReturnType<typeof testDevice>>();

  open(options: PeerOptions = {}): Peer {
    const { device = 1, flavour = 'lan', limits = {}, folders, local } = options;
    const who = this.#devices.get(device) ?? testDevice(device);
    this.#devices.set(device, who);
    const home = this.#trees.open(who, { flavour, ...(folders && { folder: folders.tree }) });
    const content = this.#contents.store({
      clock: this.clock,
      ...(folders && { directory: folders.content }),
      ...(options.contentDisk && { disk: options.contentDisk }),
    });
    const fs = createFileSystem({
      ...{ replica: home.replica, clock: this.clock, logger: silentLogger, limits },
      content: options.wrapContent?.(content) ?? content,
      identity:
        flavour === 'net'
          ? { flavour, user: { uid: who.uid, gids: [who.uid] }, ...(local && { local }) }
          : { flavour },
      home: home.folder,
      ...(options.inTouch && { inTouch: options.inTouch }),
      ...(options.room && { room: options.room }),
    });
    const told: string[] = [];
    observe(fs, told);
    return { home, content, fs, told };
  }

  folders(): { tree: string; content: string } {
    return { tree: this.#trees.folder(), content: this.#contents.directory() };
  }

  /** As a daemon that leaves cleanly. */
  async close(peer: Peer): Promise<void> {
    await peer.fs.close();
    await peer.content.close();
    await this.#trees.close(peer.home);
  }

  /** As `kill -9`: nothing more is told to the tree. */
  async kill(peer: Peer): Promise<void> {
    await peer.content.close();
    await this.#trees.kill(peer.home);
  }

  /** The tree of a peer that is not open learns what another knows, and its process dies before anybody could act on that. */
  async diesWhileMerging(device: number, folders: { tree: string }, from: Peer): Promise<void> {
    const home = this.#trees.open(this.#devices.get(device)!, { folder: folders.tree });
    await deliver(from.home, home);
    await this.#trees.kill(home);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#contents[Symbol.asyncDispose]();
    await this.#trees[Symbol.asyncDispose]();
  }
}

/** Both can fetch blocks from each other. */
export function connect(a: Peer, b: Peer): void {
  a.content.addSource(new StoreSource('b', b.content));
  b.content.addSource(new StoreSource('a', a.content));
}

/** One way: `to` learns all that `from` knows. */
export async function tell(from: Peer, to: Peer): Promise<void> {
  await deliver(from.home, to.home);
}

export async function exchange(a: Peer, b: Peer): Promise<void> {
  await deliver(a.home, b.home);
  await deliver(b.home, a.home);
}

function observe(fs: RunningFileSystem, told: string[]): void {
  fs.observe({
    entryChanged: (parent, name, removed) =>
      told.push(`entry ${parent} ${nameForPeople(name)} ${removed ?? 'none'}`),
    attributesChanged: (inode) => told.push(`attributes ${inode}`),
    told: () => undefined,
    contentChanged: (inode, position, length) =>
      told.push(`content ${inode} ${position} ${length}`),
  });
}

export const root = rootInode;

export const caller: Caller = { uid: 1001, gid: 1001, pid: 1, umask: 0 };

export function named(text: string): Name {
  return nameFromText(text);
}

export const flags = {
  read: 0,
  write: 1,
  readWrite: 2,
  exclusive: 0o200,
  truncate: 0o1000,
  append: 0o2000,
};

/** A new file, open for reading and writing. */
export async function createFile(
  { fs }: Peer,
  name: string,
  parent: InodeId = root,
  mode = 0o644,
): Promise<{ inode: InodeId; handle: FileHandle }> {
  const { attributes, handle } = await fs.create(
    caller,
    parent,
    named(name),
    mode,
    flags.readWrite,
  );
  return { inode: attributes.inode, handle };
}

export async function writeText(
  { fs }: Peer,
  handle: FileHandle,
  text: string,
  position = 0,
): Promise<number> {
  return fs.write(caller, handle, position, Buffer.from(text, 'latin1'), false);
}

export async function closeHandle({ fs }: Peer, handle: FileHandle): Promise<void> {
  try {
    await fs.flush(handle);
  } finally {
    await fs.release(handle);
  }
}

/** Opens, writes and closes; what was there before goes, unless `how` says otherwise. */
export async function edit(
  peer: Peer,
  inode: InodeId,
  text: string,
  how = flags.truncate,
): Promise<void> {
  const handle = await peer.fs.open(caller, inode, flags.readWrite | how);
  await writeText(peer, handle, text);
  await closeHandle(peer, handle);
}

/** Creates, writes and closes. */
export async function writeFile(
  peer: Peer,
  name: string,
  text: string,
  parent: InodeId = root,
): Promise<InodeId> {
  const { inode, handle } = await createFile(peer, name, parent);
  await writeText(peer, handle, text);
  await closeHandle(peer, handle);
  return inode;
}

export async function readHandle({ fs }: Peer, handle: FileHandle): Promise<string> {
  const target = Buffer.alloc(1 << 20);
  const length = await fs.read(handle, 0, target, undefined);
  return target.toString('latin1', 0, length);
}

export async function readInode(peer: Peer, inode: InodeId): Promise<string> {
  const handle = await peer.fs.open(caller, inode, flags.read);
  try {
    return await readHandle(peer, handle);
  } finally {
    await peer.fs.release(handle);
  }
}

export async function readFile(peer: Peer, name: string, parent: InodeId = root): Promise<string> {
  const { inode } = peer.fs.lookup(caller, parent, named(name));
  try {
    return await readInode(peer, inode);
  } finally {
    peer.fs.forget(inode, 1);
  }
}

/** The code of the PosixError that a request ends with, or `done`. */
export async function outcome(request: () => unknown): Promise<string> {
  try {
    await request();
    return 'done';
  } catch (error) {
    if (error instanceof PosixError) return error.code;
    throw error;
  }
}

/** Names in a directory as a listing shows them. */
export function listNames({ fs }: Peer, directory: InodeId = root): string[] {
  const handle = fs.openDirectory(caller, directory);
  const names: string[] = [];
  fs.list(handle, 0, false, (name) => names.push(nameForPeople(name as Name)) > 0);
  fs.releaseDirectory(handle);
  return names;
}
