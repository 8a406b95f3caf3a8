import { promises as fs } from 'node:fs';
import type { NodeType } from '../../../src/metadata/node.ts';
import type { Hands, HowToOpen, OpenFile, Seen } from '../play/stage.ts';
import { stateXattr, xattrsToCompare } from '../play/xattrs.ts';
import type { SystemCalls } from './system-calls.ts';

const flagsOf: Readonly<Record<HowToOpen, string>> = {
  read: 'r',
  write: 'w',
  append: 'a',
  change: 'r+',
};

/** Programs on a real mount: `directory` is the scenario's folder in it. */
export function liveHands(directory: string, calls: SystemCalls): Hands {
  // Node takes any bytes for a path when they are a buffer.
  const at = (path: string): Buffer => Buffer.from(whole(path), 'latin1');
  const whole = (path: string): string => (path === '' ? directory : `${directory}/${path}`);
  return {
    directory,
    open: async (path, how, mode = 0o644) => openFile(await openWith(at(path), how, mode), how),
    truncate: (path, size) => fs.truncate(at(path), size),
    mkdir: (path, mode = 0o755) => fs.mkdir(at(path), mode).then(() => undefined),
    rmdir: (path) => fs.rmdir(at(path)),
    unlink: (path) => fs.unlink(at(path)),
    rename: (path, newPath) => fs.rename(at(path), at(newPath)),
    exchange: (path, other) => calls.call('exchange', whole(path), whole(other)),
    link: (path, newPath) => fs.link(at(path), at(newPath)),
    symlink: (target, path) => fs.symlink(Buffer.from(target, 'latin1'), at(path)),
    mknod: (path, type) => calls.call('mknod', whole(path), type),
    chmod: (path, mode) => fs.chmod(at(path), mode),
    chown: (path, uid, gid) => fs.lchown(at(path), uid, gid),
    touch: (path, seconds) => fs.utimes(at(path), seconds, seconds),
    setXattr: (path, name, value) => calls.call('setxattr', whole(path), name, value),
    removeXattr: (path, name) => calls.call('removexattr', whole(path), name),
    look: (path = '') => look(directory, path, calls),
    list: (path) => list(directory, path),
  };
}

async function openWith(path: Buffer, how: HowToOpen, mode: number): Promise<fs.FileHandle> {
  return fs.open(path, flagsOf[how], mode);
}

function openFile(file: fs.FileHandle, how: HowToOpen): OpenFile {
  return {
    async write(bytes, position) {
      for (let done = 0; done < bytes.length;) {
        const rest = bytes.subarray(done);
        const where = how === 'append' ? null : position + done;
        done += (await file.write(rest, 0, rest.length, where)).bytesWritten;
      }
    },
    read: () => file.readFile(),
    sync: () => file.sync(),
    close: () => file.close(),
    // The descriptor is free even when close(2) says that nobody is there any more.
    abandon: () => file.close().catch(() => undefined),
  };
}

async function look(directory: string, path: string, calls: SystemCalls): Promise<Seen[]> {
  const found: Omit<Seen, 'xattrs' | 'state'>[] = [];
  await walk(directory, path, found);
  const whole = (each: string): string => (each === '' ? directory : `${directory}/${each}`);
  const xattrs = await calls.xattrs(found.map((each) => whole(each.path)));
  return found
    .map((each) => withXattrs(each, xattrs.get(whole(each.path))))
    .sort((one, other) => (one.path < other.path ? -1 : 1));
}

function withXattrs(
  found: Omit<Seen, 'xattrs' | 'state'>,
  xattrs: ReadonlyMap<string, string> | undefined,
): Seen {
  const own = found.isClosed || xattrs === undefined ? new Map<string, string>() : xattrs;
  return { ...found, xattrs: xattrsToCompare(own), state: own.get(stateXattr) ?? '' };
}

async function list(directory: string, path: string): Promise<Pick<Seen, 'path' | 'type'>[]> {
  const bytes = Buffer.from(`${directory}/${path}`, 'latin1');
  const type = typeOf(await fs.lstat(bytes));
  if (type !== 'directory') return [{ path, type }];
  const names = await fs.readdir(bytes, { encoding: 'latin1' });
  const below = await Promise.all(names.map((name) => list(directory, `${path}/${name}`)));
  return [{ path, type }, ...below.flat()];
}

async function walk(
  directory: string,
  path: string,
  found: Omit<Seen, 'xattrs' | 'state'>[],
): Promise<void> {
  const bytes = Buffer.from(path === '' ? directory : `${directory}/${path}`, 'latin1');
  const stats = await fs.lstat(bytes);
  const type = typeOf(stats);
  const below: typeof found = [];
  let content: Buffer | undefined;
  const isClosed = await isForbidden(async () => {
    if (type === 'file') content = await fs.readFile(bytes);
    if (type !== 'directory') return;
    for (const name of await fs.readdir(bytes, { encoding: 'latin1' })) {
      await walk(directory, path === '' ? name : `${path}/${name}`, below);
    }
  });
  const target = type === 'symlink' ? await fs.readlink(bytes, { encoding: 'latin1' }) : '';
  const { ino: inode, uid, gid, nlink: links, mtimeMs } = stats;
  const size = type === 'directory' ? 0 : stats.size;
  found.push({
    ...{ path, type, inode, mode: stats.mode & 0o7777, uid, gid, links, size, isClosed },
    ...{ target, content, mtime: Math.floor(mtimeMs / 1000) },
  });
  if (!isClosed) found.push(...below);
}

function typeOf(stats: Awaited<ReturnType<typeof fs.lstat>>): NodeType {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isFIFO()) return 'fifo';
  if (stats.isSocket()) return 'socket';
  return stats.isBlockDevice() ? 'block-device' : 'character-device';
}

async function isForbidden(attempt: () => Promise<void>): Promise<boolean> {
  try {
    await attempt();
    return false;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return true;
    throw error;
  }
}
