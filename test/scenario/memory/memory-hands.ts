import type { NodeType } from '../../../src/metadata/node.ts';
import { toName } from '../../support/world/path-names.ts';
import type { OpenPath, PathOperations } from '../../support/world/path-operations.ts';
import type { World } from '../../support/world/world.ts';
import type { Person, Scenario } from '../language/scenario.ts';
import type { Hands, OpenFile, Seen } from '../play/stage.ts';
import { stateXattr, xattrsToCompare } from '../play/xattrs.ts';
import { folder } from './memory-stage.ts';

/** Paths of a world are text, in which bytes that are no ASCII are escaped. */
function inWorld(bytes: string): string {
  return bytes.replaceAll(
    /[\x80-\xff]/g,
    (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

function at(path: string): string {
  return path === '' ? folder : `${folder}/${inWorld(path)}`;
}

export function memoryHands(world: World, who: Person, flavour: Scenario['flavour']): Hands {
  const peer = world.peer(who);
  // On `lan` it is each machine's root who does it, whom the kernel lets do everything.
  const files: PathOperations = flavour === 'lan' ? peer.as(0) : peer;
  return {
    directory: undefined,
    open: async (path, how, mode) => openFile(await files.open(at(path), how, mode)),
    truncate: (path, size) => files.truncate(at(path), size),
    mkdir: async (path, mode) => files.mkdir(at(path), mode),
    rmdir: async (path) => files.rmdir(at(path)),
    unlink: async (path) => files.unlink(at(path)),
    rename: async (path, newPath) => files.rename(at(path), at(newPath)),
    exchange: async (path, other) => files.exchange(at(path), at(other)),
    link: async (path, newPath) => files.link(at(path), at(newPath)),
    symlink: async (target, path) => files.symlink(at(path), inWorld(target)),
    mknod: async (path, type) => files.mknod(at(path), type, 0o644, type === 'fifo' ? 0 : 259),
    chmod: (path, mode) => files.chmod(at(path), mode),
    chown: (path, uid, gid) => files.chown(at(path), uid, gid),
    touch: (path, seconds) => files.touch(at(path), seconds),
    setXattr: async (path, name, value) => files.setxattr(at(path), name, value),
    removeXattr: async (path, name) => files.removexattr(at(path), name),
    look: (path = '') => look(files, path),
    list: async (path) => list(files, path),
  };
}

function openFile(open: OpenPath): OpenFile {
  return {
    write: (bytes, position) => open.write(bytes, position),
    read: () => open.read(),
    sync: () => open.fsync(),
    close: () => open.close(),
    abandon: () => Promise.resolve(),
  };
}

/** In the order of the paths, a directory before what is in it. */
async function look(files: PathOperations, path: string): Promise<Seen[]> {
  const own = await lookAt(files, path);
  if (own.type !== 'directory' || own.isClosed) return [own];
  const seen = [own];
  for (const name of namesIn(files, path)) {
    seen.push(...(await look(files, path === '' ? name : `${path}/${name}`)));
  }
  return seen.sort((one, other) => (one.path < other.path ? -1 : 1));
}

function list(files: PathOperations, path: string): Pick<Seen, 'path' | 'type'>[] {
  const { type } = files.stat(at(path));
  const below = type === 'directory' ? namesIn(files, path) : [];
  return [{ path, type }, ...below.flatMap((name) => list(files, `${path}/${name}`))];
}

async function lookAt(files: PathOperations, path: string): Promise<Seen> {
  const { type, inode, mode, uid, gid, links, size, mtime } = files.stat(at(path));
  const isClosed = await isForbidden(() => openToLook(files, path, type));
  const xattrs = isClosed ? new Map<string, string>() : xattrsOf(files, path);
  const isReadable = type === 'file' && !isClosed;
  return {
    ...{ path, type, inode, mode, uid, gid, links, isClosed },
    size: type === 'directory' ? 0 : size,
    mtime: mtime.seconds,
    target: type === 'symlink' ? toName(files.readlink(at(path))) : '',
    content: isReadable ? await files.readBytes(at(path)) : undefined,
    xattrs: xattrsToCompare(xattrs),
    state: xattrs.get(stateXattr) ?? '',
  };
}

async function openToLook(files: PathOperations, path: string, type: NodeType): Promise<void> {
  if (type === 'file') await (await files.open(at(path), 'read')).close();
  if (type === 'directory')
    for (const name of namesIn(files, path)) files.stat(at(`${path}/${name}`));
}

function namesIn(files: PathOperations, path: string): string[] {
  return files.list(at(path)).map((text) => toName(text));
}

function xattrsOf(files: PathOperations, path: string): Map<string, string> {
  const names = files.xattrs(at(path));
  return new Map(names.map((name) => [name, files.getxattr(at(path), name)]));
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
