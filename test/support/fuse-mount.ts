import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mountByHelper } from '../../src/fuse/mount-by-helper.ts';
import { mountByRoot } from '../../src/fuse/mount-by-root.ts';
import type { MemoryCommand, MemoryUsage } from './memory-mount.ts';

const program = join(import.meta.dirname, 'memory-mount.ts');

/** Why nothing can be mounted here, for a test to be skipped with; false where it can. */
export function whyNoMount(): string | false {
  try {
    closeSync(openSync('/dev/fuse', 'r+'));
  } catch (error) {
    return `/dev/fuse does not open: ${(error as NodeJS.ErrnoException).code}`;
  }
  const needsHelper = process.geteuid?.() !== 0;
  return needsHelper && !existsSync('/usr/bin/fusermount3') ? 'fusermount3 is missing' : false;
}

export interface ServerOptions {
  readonly parameters?: readonly string[];
  /** Runs the server as this user, who then mounts through fusermount3. */
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly mountpoint?: string;
}

/** The file system in memory, mounted and served by a process of its own. */
export class MemoryServer implements AsyncDisposable {
  readonly mountpoint: string;
  readonly process: ChildProcess;
  readonly #ended: Promise<unknown>;
  #complaints = '';

  constructor(options: ServerOptions = {}) {
    this.mountpoint = options.mountpoint ?? mkdtempSync(join(tmpdir(), 'peerfuse-mount-'));
    const parameters = [program, this.mountpoint, ...(options.parameters ?? [])];
    this.process = spawn(process.execPath, parameters, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      ...options.user,
    });
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaints += text;
    });
    this.#ended = once(this.process, 'close');
  }

  /** What the server wrote to stderr: empty unless something went wrong. */
  get complaints(): string {
    return this.#complaints;
  }

  /** Rejects with what the server complained about when it ends instead. */
  async ready(): Promise<this> {
    const output = this.process.stdout;
    if (output === null) throw new Error('The server has no output.');
    await Promise.race([once(output, 'data'), this.#ended]);
    if (this.process.exitCode !== null) throw new Error(this.#complaints.trim());
    return this;
  }

  path(...names: string[]): string {
    return join(this.mountpoint, ...names);
  }

  async command(command: MemoryCommand): Promise<MemoryUsage | null> {
    this.process.send(command);
    const gone = this.#ended.then(() => {
      throw new Error('The server ended before it answered.');
    });
    const [reply] = (await Promise.race([once(this.process, 'message'), gone])) as [
      { readonly answer: MemoryUsage | null } | { readonly error: string },
    ];
    if ('error' in reply) throw new Error(reply.error);
    return reply.answer;
  }

  async usage(): Promise<MemoryUsage> {
    const usage = await this.command({ kind: 'usage' });
    if (usage === null) throw new Error('The server does not say what it uses.');
    return usage;
  }

  ended(): Promise<unknown> {
    return this.#ended;
  }

  /** Leaves neither process nor mount nor directory behind, whatever happened. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill('SIGKILL');
    }
    await this.#ended;
    await unmountByForce(this.mountpoint);
    // Two servers, one after the other, may have had the same one.
    if (existsSync(this.mountpoint)) rmdirSync(this.mountpoint);
  }
}

/** Mounts the file system in memory and waits until it answers. */
export async function serveMemory(options?: ServerOptions): Promise<MemoryServer> {
  const server = new MemoryServer(options);
  try {
    return await server.ready();
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

export async function unmountByForce(mountpoint: string): Promise<void> {
  const mounter = process.geteuid?.() === 0 ? mountByRoot : mountByHelper;
  if (isMounted(mountpoint)) await mounter.unmount(mountpoint, 'by-force');
}

export function isMounted(mountpoint: string): boolean {
  return readFileSync('/proc/self/mountinfo', 'latin1').includes(` ${mountpoint} `);
}
