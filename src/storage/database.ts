import { open, type Database, type RootDatabase } from 'lmdb';

/**
 * The embedded database: a cache of the signed log and of the content store's bookkeeping. It survives the death of the process
 * (its pages are in the kernel's cache) but not that of the machine, after which it is thrown away and rebuilt: hence `noSync`.
 */
export function openDatabase(directory: string): RootDatabase<Buffer, Buffer> {
  return open<Buffer, Buffer>({
    path: directory,
    noSync: true,
    maxDbs: 32,
    mapSize: 1 << 30,
    keyEncoding: 'binary',
    encoding: 'binary',
    cache: false,
  });
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
