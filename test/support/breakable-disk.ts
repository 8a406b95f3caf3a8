import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DiskCommand } from './breakable-disk-server.ts';
import { mountImage } from './small-disk.ts';

const program = join(import.meta.dirname, 'breakable-disk-server.ts');

/** Enough for a home and some files; it is kept in memory. */
const diskBytes = 96 * 1024 * 1024;

/**
 * An ext4 file system on a disk that can break at any moment: what had reached it by then is all that it will ever hold, as when the
 * machine loses its power; whoever goes on writing is told that it fails. The same directory shows it again when it is repaired.
 */
export class BreakableDisk implements AsyncDisposable {
  readonly directory: string;
  readonly #folder: string;
  readonly #server: ChildProcess;

  private constructor(folder: string, server: ChildProcess) {
    this.#folder = folder;
    this.#server = server;
    this.directory = join(folder, 'disk');
  }

  static async create(): Promise<BreakableDisk> {
    const folder = fs.mkdtempSync(join(tmpdir(), 'peerfuse-disk-'));
    for (const name of ['disk', 'device']) fs.mkdirSync(join(folder, name));
    const empty = join(folder, 'empty');
    fs.closeSync(fs.openSync(empty, 'w'));
    fs.truncateSync(empty, diskBytes);
    execFileSync('mkfs.ext4', ['-q', '-m', '0', empty]);
    const device = join(folder, 'device');
    const server = spawn(process.execPath, [program, device, empty], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const disk = new BreakableDisk(folder, server);
    await once(server.stdout!, 'data');
    // By a process of its own: this one must not wait for the device while the other answers.
    mountImage(join(device, 'image'), disk.directory);
    return disk;
  }

  /** From now on nothing reaches it. */
  async break(): Promise<void> {
    await this.#command({ kind: 'break' });
  }

  /** Another disk that holds the same is shown in its place. Nobody may have anything open there. */
  async replace(): Promise<void> {
    const copy = join(this.#folder, 'copy');
    await this.#command({ kind: 'save', path: copy });
    execFileSync('umount', ['--lazy', this.directory]);
    mountImage(copy, this.directory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    quietly('umount', '--lazy', this.directory);
    quietly('umount', '--lazy', join(this.#folder, 'device'));
    const ended = once(this.#server, 'exit');
    this.#server.kill('SIGKILL');
    await ended;
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }

  async #command(command: DiskCommand): Promise<void> {
    const answered = once(this.#server, 'message');
    this.#server.send(command);
    await answered;
  }
}

function quietly(...[program_, ...arguments_]: [string, ...string[]]): void {
  try {
    execFileSync(program_, arguments_, { stdio: 'ignore' });
  } catch {
    // It was not mounted any more.
    return;
  }
}
