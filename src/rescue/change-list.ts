import { closeSync, fstatSync, fsync, openSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Disk } from '../storage/disk.ts';

// A text for the user beside the files that were kept for him: what he did that has no effect, one line each. Removing it says that he
// has read it.

const fsyncAsync = promisify(fsync);

const header = '# What you did and had no right to any more when others came to know of it.\n';

/** Nobody reads more of them, and `status` does not wait for it. */
const readBytes = 4 * 1024 * 1024;

/** How many lines there are, and the last of them. */
export interface ListedChanges {
  readonly count: number;
  readonly last: readonly string[];
}

export class ChangeList {
  readonly path: string;
  readonly #disk: Disk;

  constructor(directory: string, disk: Disk) {
    this.path = join(directory, 'changes.txt');
    this.#disk = disk;
  }

  async add(atMs: number, sentences: readonly string[]): Promise<void> {
    if (sentences.length === 0) return;
    const time = new Date(atMs).toISOString().slice(0, 19).replace('T', ' ');
    const lines = sentences.map((sentence) => `${time} UTC: ${sentence}\n`).join('');
    const descriptor = openSync(this.path, 'a', 0o600);
    try {
      const text = fstatSync(descriptor).size === 0 ? header + lines : lines;
      this.#disk.attempt('rescue.note', () => writeFileSync(descriptor, text));
      await this.#disk.attemptAsync('rescue.sync', () => fsyncAsync(descriptor), {
        flushes: descriptor,
      });
    } finally {
      closeSync(descriptor);
    }
  }

  async read(shown: number): Promise<ListedChanges> {
    const text = await readFile(this.path, 'utf8').catch(() => '');
    const lines = text
      .slice(-readBytes)
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    return { count: lines.length, last: lines.slice(-shown) };
  }
}
