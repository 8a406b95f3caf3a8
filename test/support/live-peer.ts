import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const entry = join(import.meta.dirname, '../../src/cli/main.ts');

// Starting processes is most of what these tests spend; this halves it.
const compileCache = join(tmpdir(), 'peerfuse-compile-cache');

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What `peerfuse status --json` says, as far as tests look. */
export interface PeerStatus {
  readonly pid: number;
  readonly listen: readonly string[];
  readonly mountpoint: string | null;
  readonly passthrough: { readonly inUse: boolean; readonly whyNot: string | null } | null;
  readonly network: string;
  readonly user: string;
  readonly connectedPeers: number;
  readonly locks: {
    readonly held: number;
    readonly amongPeers: number;
    readonly awaitedPeers: number;
  };
  readonly pendingOperations: number;
  readonly transfers: readonly LiveTransfer[];
  readonly tree: { readonly entries: number };
  readonly traffic: { readonly receivedBytes: number; readonly sentBytes: number };
}

export interface LiveTransfer {
  readonly path: string;
  readonly size: number;
  readonly residentBytes: number;
  readonly bytesByPeer: Readonly<Record<string, number>>;
}

/** A peer as its user has it: a home, a mountpoint and the command line. Its daemon is a process of its own. */
export class LivePeer {
  readonly name: string;
  readonly home: string;
  readonly mountpoint: string;
  #pid: number | undefined;

  constructor(directory: string, name: string) {
    this.name = name;
    this.home = join(directory, name, 'home');
    this.mountpoint = join(directory, name, 'mount');
    mkdirSync(this.mountpoint, { recursive: true });
  }

  /** A path below the mountpoint. */
  path(...parts: string[]): string {
    return join(this.mountpoint, ...parts);
  }

  /** Runs a command; never rejects because of its exit code. */
  run(...arguments_: string[]): Promise<CommandResult> {
    const environment = {
      ...process.env,
      PEERFUSE_HOME: this.home,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? compileCache,
    };
    return new Promise((resolve) => {
      const command = [...process.execArgv.filter(isHarmless), entry, ...arguments_];
      const options = { env: environment, maxBuffer: 64 * 1024 * 1024 };
      execFile(process.execPath, command, options, (error, stdout, stderr) => {
        const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 255;
        resolve({ exitCode, stdout, stderr });
      });
    });
  }

  /** Runs a command that must succeed; its standard output. */
  async must(...arguments_: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.run(...arguments_);
    if (exitCode !== 0) {
      throw new Error(
        `${this.name}: peerfuse ${arguments_.join(' ')}: exit ${exitCode}: ${stderr}`,
      );
    }
    return stdout;
  }

  async mount(...options: string[]): Promise<void> {
    await this.must('mount', this.mountpoint, ...options);
    await this.attach();
  }

  /** A daemon of this home was started by a command. */
  async attach(): Promise<void> {
    this.#pid = (await this.status()).pid;
  }

  async serve(...options: string[]): Promise<void> {
    await this.must('serve', ...options);
    this.#pid = (await this.status()).pid;
  }

  async status(): Promise<PeerStatus> {
    return JSON.parse(await this.must('status', '--json')) as PeerStatus;
  }

  get pid(): number {
    if (this.#pid === undefined) throw new Error(`${this.name} has not been started`);
    return this.#pid;
  }

  /** Dies as by a power cut to the process: no chance to say or save anything. */
  async crash(): Promise<void> {
    process.kill(this.pid, 'SIGKILL');
    await until(`${this.name} is dead`, () => !isRunning(this.pid));
    unmountByForce(this.mountpoint);
  }

  async stop(): Promise<void> {
    await this.must('stop');
    await until(`${this.name} has ended`, () => !isRunning(this.pid));
  }

  /** Whatever state it is in: nothing runs and nothing is mounted afterwards. */
  async destroy(): Promise<void> {
    if (this.#pid !== undefined && isRunning(this.#pid)) {
      await this.run('stop');
      if (!(await happens(() => !isRunning(this.pid), 10_000))) process.kill(this.pid, 'SIGKILL');
    }
    unmountByForce(this.mountpoint);
  }
}

/** Waits for a condition; fails with its description when it does not come true in time. */
export async function until(
  description: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> {
  if (!(await happens(condition, timeoutMs)))
    throw new Error(`waited in vain until ${description}`);
}

export function isMounted(directory: string): boolean {
  return readFileSync('/proc/self/mounts', 'utf8').includes(` ${directory} fuse`);
}

async function happens(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (await condition()) return true;
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function isRunning(pid: number): boolean {
  try {
    // A zombie has ended: its parent only has not looked yet.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function unmountByForce(directory: string): void {
  if (isMounted(directory)) execFileSync('umount', ['--lazy', directory]);
}

// Options of the test runner's own process are not for the commands that it starts.
function isHarmless(option: string): boolean {
  return option.startsWith('--no-warnings');
}
