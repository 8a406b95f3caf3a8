import { statfsSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { open, type Database, type RootDatabase } from 'lmdb';
import { type Disk, realDisk } from './disk.ts';

/** Less room than this, and a write that was cut short was cut short for want of it. */
const hardlyAnyBytes = 1024 * 1024;

/**
 * The embedded database: a cache of the signed log and of the content store's bookkeeping. It survives the death of the process
 * (its pages are in the kernel's cache) but not that of the machine, after which it is thrown away and rebuilt: hence `noSync`.
 * A transaction that the disk refuses changes nothing, and says so with the code that any other disk call would have.
 */
export function openDatabase(
  directory: string,
  disk: Disk = realDisk,
): RootDatabase<Buffer, Buffer> {
  const root = open<Buffer, Buffer>({
    path: directory,
    noSync: true,
    maxDbs: 32,
    mapSize: 1 << 30,
    keyEncoding: 'binary',
    encoding: 'binary',
    cache: false,
  });
  const openTableOf = root.openDB.bind(root) as (options: object) => Table;
  root.openDB = ((options: object) =>
    named(openTableOf(options), directory, disk)) as RootDatabase['openDB'];
  return root;
}

/** A table: binary keys in byte order, binary values. One transaction of the root may span all tables. */
export type Table = Database<Buffer, Buffer>;

export function openTable(root: RootDatabase<Buffer, Buffer>, name: string): Table {
  return root.openDB<Buffer, Buffer>({
    name,
    keyEncoding: 'binary',
    encoding: 'binary',
    cache: false,
  });
}

/** Makes each transaction a disk call with a name. Single writes outside of one are transactions too. */
function named(table: Table, directory: string, disk: Disk): Table {
  const transact = table.transactionSync.bind(table) as (
    action: () => unknown,
    flags?: number,
  ) => unknown;
  table.transactionSync = ((action: () => unknown, flags?: number) =>
    disk.attempt('database.commit', () => {
      try {
        return transact(action, flags);
      } catch (error) {
        throw asSystemError(error, directory);
      }
    })) as Table['transactionSync'];
  return table;
}

/** LMDB gives the bare errno, and EIO where the disk took a part only. */
function asSystemError(error: unknown, directory: string): unknown {
  const { code } = error as { code?: unknown };
  if (!(error instanceof Error) || typeof code !== 'number' || code <= 0) return error;
  const name = getSystemErrorName(-code);
  const isFull = name === 'EIO' && roomIn(directory) < hardlyAnyBytes;
  return Object.assign(error, { code: isFull ? 'ENOSPC' : name });
}

function roomIn(directory: string): number {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch {
    return Infinity;
  }
}
