import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk file system of its own: ext4 in a file, mounted by root. */
export class SmallDisk implements Disposable {
  readonly directory: string;
  /** What the disk itself holds: what was written and not flushed is not in it yet, or not all of it. */
  readonly image: string;
  readonly #folder: string;

  constructor(bytes: number) {
    this.#folder = fs.mkdtempSync(join(tmpdir(), 'peerfuse-disk-'));
    this.image = join(this.#folder, 'image');
    this.directory = join(this.#folder, 'disk');
    fs.mkdirSync(this.directory);
    fs.closeSync(fs.openSync(this.image, 'w'));
    fs.truncateSync(this.image, bytes);
    // Nothing is kept for root, so that full is full.
    execFileSync('mkfs.ext4', ['-q', '-m', '0', this.image]);
    mountImage(this.image, this.directory);
  }

  /** Takes all the room that there is. */
  fill(): void {
    for (const [name, length] of [
      ['ballast', 65_536],
      ['more ballast', 1024],
    ] as const) {
      const file = fs.openSync(join(this.directory, name), 'a');
      try {
        for (;;) fs.writeSync(file, Buffer.alloc(length, 'x'));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        fs.closeSync(file);
      }
    }
  }

  [Symbol.dispose](): void {
    execFileSync('umount', ['--lazy', this.directory]);
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }
}

export function mountImage(image: string, directory: string): void {
  execFileSync('mount', ['-o', 'loop', image, directory]);
}

/** Undefined where such disks can be made. */
export function reasonForNoSmallDisks(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root mounts a small disk';
  return fs.existsSync('/dev/loop-control') ? undefined : 'there are no loop devices';
}
