import type { InodeId } from '../../metadata/ids.ts';
import type { Context } from '../context.ts';
import type { Caller, DirectoryHandle, FileSystem } from '../file-system.ts';
import { directoryOf } from '../tree-view.ts';

/** Where `.` and `..` stand in every listing. */
const selfCookie = 1;
const parentCookie = 2;

/** opendir(3). */
export function openDirectory(context: Context, caller: Caller, inode: InodeId): DirectoryHandle {
  const directory = directoryOf(context, inode);
  context.access.open(context.actors.actingOf(caller), directory, 0);
  return { inode };
}

/**
 * readdir(3) from a cookie on. Entries keep their cookies, so a position means the same while others come and go, and no listing
 * has to be kept. What the kernel knows already it has the attributes of, and would have to look up its own record to hear them again.
 */
export function list(
  context: Context,
  { inode }: DirectoryHandle,
  cookie: number,
  withAttributes: boolean,
  take: Parameters<FileSystem['list']>[3],
): void {
  if (cookie < selfCookie && !take('.', inode, 'directory', selfCookie, null)) return;
  if (cookie < parentCookie) {
    const parent = context.replica.parentOf(inode) ?? inode;
    if (!take('..', parent, 'directory', parentCookie, null)) return;
  }
  for (const entry of context.replica.entriesAfter(inode, Math.max(cookie, parentCookie))) {
    const tells = withAttributes && !context.references.has(entry.inode);
    const attributes = tells ? context.attributes.of(entry.inode) : null;
    if (!take(entry.name, entry.inode, entry.type, entry.cookie, attributes)) return;
    if (tells) context.references.add(entry.inode);
  }
}

/** fsync(2) of a directory: the operations that changed its names are on the disk itself. */
export function syncDirectory(context: Context): Promise<void> {
  return context.replica.flush();
}
