import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../../../src/platform/logger.ts';
import type { Disk } from '../../../src/storage/disk.ts';
import { PathOperations } from './path-operations.ts';
import { PeerRun, type PeerRunOptions } from './peer-run.ts';
import type { End } from './wire.ts';
import { PeerClock, type WorldClock } from './world-clock.ts';

export interface WorldPeerOptions extends Pick<
  PeerRunOptions,
  'who' | 'flavour' | 'createdMs' | 'limits' | 'replica' | 'knownDevices'
> {
  readonly name: string;
  /** Of this peer alone; made when it is not there. */
  readonly folder: string;
  readonly clock: WorldClock;
  readonly disk: Disk;
  readonly logger: Logger;
  readonly hasteMs: number;
  /** As World.finish, unless the run that does the work is over first. */
  readonly wait: <T>(work: T | Promise<T>, run: PeerRun) => Promise<T>;
}

/** A machine: its home, its clock, and the peer that runs there unless it is stopped. Path operations are those of its user. */
export class WorldPeer extends PathOperations {
  readonly name: string;
  /** How far its wall clock is ahead of the world's; may be set at any time, which makes the clock jump. */
  skewMs = 0;
  readonly #options: WorldPeerOptions;
  #folder: string;
  #homes = 1;
  #run: PeerRun | undefined;

  constructor(options: WorldPeerOptions) {
    const { uid } = options.who;
    const caller = { uid, gid: uid, pid: 1, umask: 0 };
    super(
      () => this.run.fileSystem,
      caller,
      (work) => options.wait(work, this.run),
    );
    this.name = options.name;
    this.#options = options;
    this.#folder = join(options.folder, 'home-1');
  }

  /** What runs there now. */
  get run(): PeerRun {
    if (this.#run === undefined) throw new Error(`${this.name} is not running`);
    return this.#run;
  }

  get running(): boolean {
    return this.#run !== undefined;
  }

  get who(): PeerRunOptions['who'] {
    return this.#options.who;
  }

  /** Where its home is; another place after each crash. */
  get folder(): string {
    return this.#folder;
  }

  /** An end of a wire that leads to what runs there now. */
  get end(): End {
    const { device, user, uid } = this.#options.who;
    const identity = { device, user, uid: uid as End['identity']['uid'], fingerprint: user };
    const { run } = this;
    return {
      ...{ name: this.name, identity, handler: run.synchroniser },
      isOver: () => run.over,
    };
  }

  start(clean = true): void {
    if (this.#run !== undefined) throw new Error(`${this.name} is running`);
    const { hasteMs } = this.#options;
    const clock = new PeerClock(this.#options.clock, () => this.skewMs, hasteMs);
    this.#run = new PeerRun({ ...this.#options, folder: this.#folder, clock, clean });
  }

  /** As the daemon stops; the caller sees to its wires. */
  async leave(): Promise<void> {
    const { run } = this;
    await run.leave();
    this.#run = undefined;
  }

  /**
   * As `kill -9`: what is in its files at this moment is all that is left. `home` is where a copy of them was made a moment earlier,
   * if the crash is to have been then.
   */
  async crash(home = this.copyOfHome()): Promise<void> {
    const { run } = this;
    run.end();
    this.#run = undefined;
    const left = this.#folder;
    this.#folder = home;
    await run.discard();
    rmSync(left, { recursive: true, force: true });
  }

  /** What a process that died now would leave behind. */
  copyOfHome(): string {
    this.#homes += 1;
    const copy = join(this.#options.folder, `home-${this.#homes}`);
    cpSync(this.#folder, copy, { recursive: true, preserveTimestamps: true });
    return copy;
  }

  /** At the end of the world. */
  async destroy(): Promise<void> {
    await this.#run?.discard();
    this.#run = undefined;
  }
}
