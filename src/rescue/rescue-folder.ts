import {
  chownSync,
  closeSync,
  constants,
  fchownSync,
  fsync,
  futimesSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withNote } from '../metadata/conflict-name.ts';
import { type Name, nameFromText, nameToBytes } from '../metadata/name.ts';
import type { Time } from '../metadata/node.ts';
import type { Disk } from '../storage/disk.ts';

// Where files are put for the user of this device: plain files under the paths that he knew them by, on the disk itself before anything
// that could be their last other copy is let go. Whoever is killed in between does it again and finds that it is done.

const fsyncAsync = promisify(fsync);

/** Of one name; more than these only come of a loop. */
const maximumOfOneName = 1000;

/** What lets two copies be told for the same. */
interface Likeness {
  readonly size: number;
  readonly mtimeMs: number;
}

/** Names from the tree's root. */
export type TreePath = readonly Name[];

export class RescueFolder {
  readonly directory: string;
  readonly #disk: Disk;
  readonly #owner: { readonly uid: number; readonly gid: number };

  constructor(home: string, directory: string, disk: Disk) {
    this.directory = directory;
    this.#disk = disk;
    this.#owner = statSync(home);
  }

  /** Of the files that are kept. */
  get files(): string {
    return join(this.directory, 'files');
  }

  /** Makes the folder when it is not there. */
  async prepare(): Promise<void> {
    await this.#makeFolder(Buffer.from(this.directory));
  }

  /**
   * Makes a file of what `fill` writes into an empty one. The path below `files` under which it is then; undefined, and nothing is left of
   * it, when `fill` says that there is nothing to write.
   */
  async keep<T extends { readonly size: number }>(
    path: TreePath,
    mtime: Time,
    fill: (descriptor: number) => Promise<T | undefined>,
  ): Promise<{ path: TreePath; filled: T } | undefined> {
    await this.prepare();
    const unfinished = join(this.directory, '.unfinished');
    try {
      const filled = await this.#fill(unfinished, mtime, fill);
      if (filled === undefined) return undefined;
      const folder = await this.#makeFolders(path.slice(0, -1));
      const likeness = { size: filled.size, mtimeMs: millisOf(mtime) };
      const wanted = path.at(-1) ?? nameFromText('file');
      const name = await this.#give(unfinished, folder, wanted, likeness);
      return { path: [...folder, name], filled };
    } finally {
      rmSync(unfinished, { force: true });
    }
  }

  async #fill<T>(
    path: string,
    mtime: Time,
    fill: (descriptor: number) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    rmSync(path, { force: true });
    const descriptor = this.#disk.attempt('rescue.create', () => openSync(path, 'wx', 0o600));
    try {
      const filled = await fill(descriptor);
      if (filled !== undefined) await this.#finish(descriptor, mtime);
      return filled;
    } finally {
      closeSync(descriptor);
    }
  }

  async #finish(descriptor: number, mtime: Time): Promise<void> {
    const seconds = millisOf(mtime) / 1000;
    futimesSync(descriptor, seconds, seconds);
    const { uid, gid } = this.#owner;
    if (uid !== process.getuid?.()) fchownSync(descriptor, uid, gid);
    await this.#disk.attemptAsync('rescue.sync', () => fsyncAsync(descriptor), {
      flushes: descriptor,
    });
  }

  /** The first free name; that of an earlier copy of the same, when somebody was cut short after he had made it. */
  async #give(
    unfinished: string,
    folder: TreePath,
    wanted: Name,
    likeness: Likeness,
  ): Promise<Name> {
    for (let count = 1; count <= maximumOfOneName; count += 1) {
      const name = numbered(wanted, count);
      if (this.#isTaken(unfinished, this.#pathOf([...folder, name]), likeness)) continue;
      await this.#flushFolder(this.#pathOf(folder));
      return name;
    }
    throw new Error('too many files of one name were rescued');
  }

  #isTaken(unfinished: string, path: Buffer, likeness: Likeness): boolean {
    try {
      // Never over anything that is there, nor through a symbolic link.
      this.#disk.attempt('rescue.link', () => linkSync(unfinished, path));
      return false;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      const there = lstatSync(path, { throwIfNoEntry: false });
      return there === undefined || !there.isFile() || !isAlike(there, likeness);
    }
  }

  /** The path under which the folders are: instead of a name that something else has, one with a number. */
  async #makeFolders(path: TreePath): Promise<TreePath> {
    await this.#makeFolder(Buffer.from(this.files));
    const made: Name[] = [];
    for (const wanted of path) {
      let count = 1;
      while (!(await this.#makeFolder(this.#pathOf([...made, numbered(wanted, count)])))) {
        if (count === maximumOfOneName) throw new Error('too many folders of one name');
        count += 1;
      }
      made.push(numbered(wanted, count));
    }
    return made;
  }

  /** False when there is something else. */
  async #makeFolder(path: Buffer): Promise<boolean> {
    const there = lstatSync(path, { throwIfNoEntry: false });
    if (there !== undefined) return there.isDirectory();
    mkdirSync(path, { mode: 0o700 });
    const { uid, gid } = this.#owner;
    if (uid !== process.getuid?.()) chownSync(path, uid, gid);
    await this.#flushFolder(path.subarray(0, path.lastIndexOf('/')));
    return true;
  }

  async #flushFolder(path: Buffer): Promise<void> {
    const folder = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await this.#disk.attemptAsync('rescue.sync-directory', () => fsyncAsync(folder));
    } finally {
      closeSync(folder);
    }
  }

  #pathOf(path: TreePath): Buffer {
    const slash = Buffer.from('/');
    const below = path.flatMap((name) => [slash, nameToBytes(name)]);
    return Buffer.concat([Buffer.from(this.files), ...below]);
  }
}

function numbered(name: Name, count: number): Name {
  return count === 1 ? name : withNote(name, ` (${count})`);
}

function isAlike(a: Likeness, b: Likeness): boolean {
  return a.size === b.size && Math.abs(a.mtimeMs - b.mtimeMs) < 1;
}

function millisOf({ seconds, nanoseconds }: Time): number {
  return seconds * 1000 + Math.floor(nanoseconds / 1e6);
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
