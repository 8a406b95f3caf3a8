import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkPeer } from '../../../src/daemon/check-peer.ts';
import type { Peer } from '../../../src/daemon/peer.ts';
import { type Disk, realDisk } from '../../../src/storage/disk.ts';
import { PosixError } from '../../../src/vfs/posix-error.ts';
import { type Action, type Files, pathsOf } from '../../crash-loop/actions.ts';
import { noise } from '../../crash-loop/random.ts';
import { Dead, FaultyDisk, type FaultyDiskOptions } from '../../support/faulty-disk.ts';
import { World } from '../../support/world/world.ts';
import type { WorldPeer } from '../../support/world/world-peer.ts';
import { Promises } from './promises.ts';

/** Longer than peers are waited for. */
const patienceMs = 10_000;

/** Alice works on a disk that breaks once; bob's is sound. What the disk's end interrupts rejects with Dead. */
export class BrokenPeer implements AsyncDisposable {
  readonly world: World;
  readonly promises = new Promises();
  readonly disk: FaultyDisk;
  /** Failures that are none that a program could be told. */
  readonly surprises: unknown[] = [];
  #isRepaired = false;

  constructor(options: FaultyDiskOptions) {
    this.disk = new FaultyDisk(options);
    const switched: Disk = {
      attempt: (site, call, effect) => this.#disk.attempt(site, call, effect),
      attemptAsync: (site, call, effect) => this.#disk.attemptAsync(site, call, effect),
    };
    this.world = new World(['bob'], { disk: (name) => (name === 'alice' ? switched : realDisk) });
  }

  get #disk(): Disk {
    return this.#isRepaired ? realDisk : this.disk;
  }

  get alice(): WorldPeer {
    return this.world.peer('alice');
  }

  /** Does it to a file of alice's, unless an earlier failure left that file in doubt. */
  async act(action: Action, isFlushed: boolean): Promise<void> {
    if (pathsOf(action).some((path) => this.promises.isAbandoned(path))) return;
    if (action.kind !== 'replace' && !this.promises.has(action.path)) return;
    this.promises.begun(action);
    try {
      await this.#perform(action, isFlushed);
      if (isFlushed) this.promises.promised(...pathsOf(action));
    } catch (error) {
      this.promises.failed(action);
      this.#judge(error);
    }
  }

  /** Anything else that may fail. */
  async attempt(work: () => unknown): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#judge(error);
    }
  }

  /** Leaves and starts on the same disk. */
  async restart(): Promise<void> {
    await this.attempt(() => this.world.stop('alice'));
    if (this.disk.isDead) throw new Dead('while leaving');
    if (this.alice.running) await this.world.crash('alice', { start: false });
    await this.attempt(() => this.world.start('alice'));
    if (!this.alice.running) this.world.start('alice');
  }

  /** Starts from what is on the disk, which breaks no more. Alone: what is missing cannot come from bob, until nobody hopes for it. */
  async recover(): Promise<void> {
    this.world.offline('alice');
    if (this.alice.running) await this.world.crash('alice', { start: false });
    this.#isRepaired = true;
    // The database is not flushed as it goes.
    if (this.disk.lostPower) rmSync(join(this.alice.folder, 'tree'), { recursive: true });
    this.world.start('alice', !this.disk.lostPower);
    await this.world.settle();
    await this.world.advance(patienceMs);
  }

  async found(): Promise<Files> {
    const files: Files = new Map();
    for (const path of this.promises.paths) {
      if (this.alice.exists(path)) files.set(path, await this.alice.readBytes(path));
    }
    return files;
  }

  async problems(name: string): Promise<readonly string[]> {
    const { replica, content } = this.world.peer(name).run;
    return (await checkPeer({ replica, content } as Peer)).problems;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isRepaired = true;
    // What died in the middle cannot always be closed; what failed before says more.
    await this.world[Symbol.asyncDispose]().catch(() => undefined);
  }

  async #perform(action: Action, isFlushed: boolean): Promise<void> {
    const { alice } = this;
    if (action.kind === 'remove') return alice.unlink(action.path);
    if (action.kind === 'rename') alice.rename(action.path, action.to);
    if (action.kind === 'truncate') await alice.truncate(action.path, action.size);
    const path = action.kind === 'rename' ? action.to : action.path;
    const open = await alice.open(path, action.kind === 'replace' ? 'write' : 'change');
    try {
      if (action.kind === 'write' || action.kind === 'replace') {
        const position = action.kind === 'write' ? action.position : 0;
        await open.write(noise(action.seed, action.length), position);
      }
      if (isFlushed) await open.fsync();
    } finally {
      await open.close();
    }
  }

  #judge(error: unknown): void {
    if (this.disk.isDead) throw new Dead('the process is gone');
    // ENOENT: an earlier failure kept it from being made.
    const isAnswer =
      error instanceof PosixError && ['EIO', 'ENOSPC', 'ENOENT'].includes(error.code);
    const isFault = error instanceof Error && /^(EIO|ENOSPC): /.test(error.message);
    if (!isAnswer && !isFault) this.surprises.push(error);
  }
}
