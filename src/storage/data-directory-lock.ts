import { createHash } from 'node:crypto';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { bootId, processStart } from '../platform/process-start.ts';
import { ExpectedFailure } from '../util/expected-failure.ts';
import type { HomePaths } from './data-directory-paths.ts';
import { writeFileAtomically } from './data-directory-write.ts';
import type { Disk } from './disk.ts';

/** One process at a time may write in a home. */
export interface HomeLock {
  release(): Promise<void>;
}

/**
 * Takes the home or rejects with an ExpectedFailure of kind `exists`. The lock is an abstract socket: the kernel gives it to one
 * process and takes it back however that process dies. The lock file beside it says who it is, and holds against a process in
 * another network namespace, where abstract sockets are not seen.
 */
export async function lockHome(paths: HomePaths, disk: Disk): Promise<HomeLock> {
  const server = await listen(abstractName(paths.home)).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EADDRINUSE' ? heldBy(paths, readHolder(paths)) : error;
  });
  const holder = readHolder(paths);
  if (holder !== undefined && isAlive(holder)) {
    await close(server);
    throw heldBy(paths, holder);
  }
  writeFileAtomically(disk, 'lock', paths.lock, `${JSON.stringify(thisProcess())}\n`);
  return {
    async release() {
      rmSync(paths.lock, { force: true });
      await close(server);
    },
  };
}

interface Holder {
  readonly pid: number;
  readonly start: number;
  readonly boot: string;
}

function thisProcess(): Holder {
  return { pid: process.pid, start: processStart(process.pid) ?? 0, boot: bootId() };
}

function isAlive({ pid, start, boot }: Holder): boolean {
  const isThis = pid === process.pid;
  return !isThis && boot === bootId() && processStart(pid) === start;
}

function readHolder(paths: HomePaths): Holder | undefined {
  try {
    const value = JSON.parse(readFileSync(paths.lock, 'utf8')) as Partial<Holder>;
    const { pid, start, boot } = value;
    if (typeof pid !== 'number' || typeof start !== 'number' || typeof boot !== 'string') {
      return undefined;
    }
    return { pid, start, boot };
  } catch {
    // No file, or the torn one of a machine that crashed: nobody holds it.
    return undefined;
  }
}

function heldBy(paths: HomePaths, holder: Holder | undefined): ExpectedFailure {
  const who = holder === undefined ? 'another process' : `process ${holder.pid}`;
  return new ExpectedFailure(
    'exists',
    `${paths.home} is in use by ${who}; stop it with "peerfuse --home ${paths.home} stop", or name another home with --home.`,
  );
}

/** The same for every path that leads to the home, and of bounded length. */
function abstractName(home: string): string {
  const { dev, ino } = statSync(home, { bigint: true });
  const hash = createHash('sha256').update(`${dev}:${ino}`).digest('hex').slice(0, 32);
  return `\0peerfuse-home-${hash}`;
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    // Nobody has anything to say here: who connects is hung up on.
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen({ path }, () => resolve(server.unref()));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()));
}
