import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, openSync, closeSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { LivePeer } from '../support/live-peer.ts';

const program = join(import.meta.dirname, '../../src/cli/main.ts');

/** How long anything may take that should take about a second. */
const patienceMs = 30_000;

/** A peer whose daemon is a child of this process, so that it can be killed at any moment, also before it is ready. */
export class CrashingPeer {
  readonly name: string;
  readonly live: LivePeer;
  readonly ledger: string;
  readonly #output: string;
  #child: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();

  constructor(directory: string, name: string) {
    this.name = name;
    this.live = new LivePeer(directory, name);
    this.ledger = join(directory, `${name}.ledger`);
    this.#output = join(directory, `${name}.output`);
    mkdirSync(this.live.mountpoint, { recursive: true });
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** Starts the daemon without waiting for it. */
  launch(): void {
    const output = openSync(this.#output, 'a');
    const arguments_ = ['--home', this.live.home, 'mount', this.live.mountpoint, '--foreground'];
    const child = spawn(process.execPath, [program, ...arguments_], {
      cwd: '/',
      env: { ...process.env, PEERFUSE_READY_FD: '3' },
      stdio: ['ignore', output, output, 'pipe'],
    });
    closeSync(output);
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once('exit', resolve));
  }

  /** Resolves when the mount answers. */
  async ready(): Promise<void> {
    const pipe = this.#child?.stdio[3] as Readable;
    let said = '';
    await inTime(`${this.name} is ready`, async () => {
      for await (const chunk of pipe) {
        said += String(chunk);
        if (said.includes('\n')) return;
      }
    });
    if (!said.includes('"ready":true')) {
      throw new Error(`${this.name} did not start: ${said}${this.lastOutput()}`);
    }
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    this.#child?.kill(signal);
    await inTime(`${this.name} has ended after ${signal}`, () => this.#ended);
    this.#child = undefined;
  }

  lastOutput(): string {
    return readFileSync(this.#output, 'utf8').slice(-2000);
  }

  /** Nothing runs and nothing is mounted afterwards. */
  async destroy(): Promise<void> {
    await this.kill();
    const mounts = readFileSync('/proc/self/mounts', 'utf8');
    const isMounted = mounts.includes(` ${this.live.mountpoint} fuse`);
    if (isMounted) execFileSync('umount', ['--lazy', this.live.mountpoint]);
  }
}

/** Rejects when it takes much longer than it should: a hang is a failure too. */
export async function inTime<T>(
  what: string,
  work: () => Promise<T>,
  limitMs = patienceMs,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`it took more than ${limitMs / 1000} s until ${what}`)),
    limitMs,
  );
  try {
    return await Promise.race([work(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
