import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { execFileSync } from 'node:child_process';
import { LiveNetwork } from '../../test/support/live-network.ts';
import { processorSeconds } from '../processor-time.ts';
import { buildPassthrough, startPassthrough } from './c-passthrough.ts';

export type SubjectName = 'plain' | 'passthrough' | 'peerfuse';

/** A file system to be measured: all of them lie on the same disk. */
export interface Subject {
  readonly name: SubjectName;
  /** An empty folder of it. */
  readonly folder: string;
  /** Where its files can be reached past it, to have the disk's file system at hand for all subjects alike. */
  readonly beneath: string | undefined;
  /** Who serves it; undefined when the kernel does. */
  readonly pid: number | undefined;
}

export interface Subjects extends AsyncDisposable {
  readonly all: readonly Subject[];
}

export async function openSubjects(directory: string, flavour: 'net' | 'lan'): Promise<Subjects> {
  const plain = join(directory, 'plain');
  const beneath = join(directory, 'beneath');
  const passed = join(directory, 'passed');
  for (const folder of [plain, beneath, passed]) mkdirSync(folder);
  const program = buildPassthrough(join(directory, 'libfuse'));
  const server = await startPassthrough(program, beneath, passed);
  const network = await LiveNetwork.create('measured', { in: directory, flavour });
  const peer = network.first;
  return {
    all: [
      { name: 'plain', folder: plain, beneath: undefined, pid: undefined },
      { name: 'passthrough', folder: passed, beneath, pid: server.pid },
      { name: 'peerfuse', folder: peer.mountpoint, beneath: undefined, pid: peer.pid },
    ],
    async [Symbol.asyncDispose]() {
      await network[Symbol.asyncDispose]();
      await stopPassthrough(server, passed);
    },
  };
}

/** Until it has done what it does after it has answered. */
export async function settle(subjects: readonly Subject[]): Promise<void> {
  for (const { pid } of subjects) {
    if (pid === undefined) continue;
    for (let before = -1, after = processorSeconds(pid); before !== after;) {
      await wait(settledMs);
      [before, after] = [after, processorSeconds(pid)];
    }
  }
}

/** A server that uses less than a hundredth of a second within this time rests. */
const settledMs = 300;

async function stopPassthrough(server: ChildProcess, mountpoint: string): Promise<void> {
  const ended = once(server, 'exit');
  execFileSync('umount', [mountpoint]);
  await ended;
}
