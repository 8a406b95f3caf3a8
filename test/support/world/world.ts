import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Flavour } from '../../../src/metadata/operations/operation-kind.ts';
import { silentLogger, type Logger } from '../../../src/platform/logger.ts';
import { realDisk, type Disk } from '../../../src/storage/disk.ts';
import { temporaryFolder } from '../replica-world.ts';
import type { PeerRunOptions } from './peer-run.ts';
import { Turns } from './turns.ts';
import { describeTree, type DescribedEntry, type TreeOptions } from './tree.ts';
import { Wires } from './wires.ts';
import { WorldClock } from './world-clock.ts';
import { worldDevice } from './world-device.ts';
import { WorldPeer } from './world-peer.ts';

export interface WorldOptions extends Partial<Pick<PeerRunOptions, 'limits' | 'replica'>> {
  readonly flavour?: Flavour;
  /** The time when the network was created. */
  readonly startMs?: number;
  /** How long everything that may take long takes: with a millisecond, merges are cut into as many slices as can be. */
  readonly hasteMs?: number;
  /** A peer's disk, to break calls of it. */
  readonly disk?: (peer: string) => Disk;
  readonly logger?: Logger;
}

/** How long the world waits for somebody to speak until it believes that nobody has anything to say. */
const silenceMs = 3000;

/** As long may something that a user waits for take, of the world's time. */
const patienceMs = 120_000;

/** For threads that end or that hash something; of real time, a few seconds. */
const maximumWaits = 5000;

/** More messages and alarms in one settling are a conversation that does not end. */
const maximumSteps = 1_000_000;

/**
 * Whole peers in one process: replica, content, file system and synchroniser as the daemon joins them, in homes of their own, with
 * wires and a time that the test governs. Nothing in it depends on real time, so what happens is the same in every run.
 */
export class World implements AsyncDisposable {
  readonly clock: WorldClock;
  readonly wires: Wires;
  readonly #turns = new Turns();
  readonly #peers = new Map<string, WorldPeer>();
  readonly #folder = temporaryFolder();
  readonly #options: WorldOptions;

  /** Peers of the users named, all online. */
  constructor(names: readonly string[], options: WorldOptions = {}) {
    const { startMs = Date.UTC(2026, 0, 1) } = options;
    this.#options = options;
    this.clock = new WorldClock(startMs);
    this.wires = new Wires((name) => this.peer(name));
    for (const name of names) this.add(name);
  }

  /** One more peer, of a user of that name unless told otherwise; a user may have several. */
  add(name: string, user = name): WorldPeer {
    const { flavour = 'lan', startMs = Date.UTC(2026, 0, 1), disk, hasteMs = 0 } = this.#options;
    const folder = join(this.#folder, name);
    mkdirSync(folder, { recursive: true });
    const peer = new WorldPeer({
      ...{ name, folder, flavour, hasteMs, createdMs: startMs, clock: this.clock },
      who: worldDevice(user, this.#peers.size + 1),
      disk: this.#turns.over(disk?.(name) ?? realDisk),
      logger: this.#options.logger ?? silentLogger,
      limits: this.#options.limits ?? {},
      knownDevices: () => [...this.#peers.values()].map((each) => each.who.device),
      replica: this.#options.replica ?? {},
      wait: (work, run) => this.finish(work, () => run.over),
    });
    this.#peers.set(name, peer);
    peer.start();
    this.wires.add(name);
    return peer;
  }

  peer(name: string): WorldPeer {
    const peer = this.#peers.get(name);
    if (peer === undefined) throw new Error(`there is no peer ${name}`);
    return peer;
  }

  get peers(): readonly WorldPeer[] {
    return [...this.#peers.values()];
  }

  get nowMs(): number {
    return this.clock.nowMs;
  }

  offline(...names: readonly string[]): void {
    for (const name of names) this.wires.offline(name);
  }

  online(...names: readonly string[]): void {
    for (const name of names) this.wires.online(name);
  }

  /** Only peers of one group reach each other, until `heal`. Those not named are alone. */
  partition(groups: readonly (readonly string[])[]): void {
    this.wires.partition(groups);
  }

  /** Ends partitions. Who is offline stays so. */
  heal(): void {
    this.wires.partition(undefined);
  }

  async restart(name: string): Promise<void> {
    await this.stop(name);
    this.start(name);
  }

  /** As `peerfuse stop`. */
  async stop(name: string): Promise<void> {
    const peer = this.peer(name);
    await this.finish(peer.run.fileSystem.publishAll());
    this.wires.remove(name);
    await this.finish(peer.leave());
  }

  start(name: string, clean = true): void {
    this.peer(name).start(clean);
    this.wires.add(name);
  }

  /** As `kill -9`, and started again unless told otherwise. */
  async crash(name: string, { start = true, home }: CrashOptions = {}): Promise<void> {
    const peer = this.peer(name);
    const left = home ?? peer.copyOfHome();
    peer.run.end();
    this.wires.remove(name);
    await this.finish(peer.crash(left));
    if (start) this.start(name);
  }

  /** Lets time pass: what falls due happens, and what is sent arrives at once. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.clock.nowMs + byMs;
    await this.#goOn(() => untilMs);
  }

  /** Lets time pass without anything arriving. */
  async pass(byMs: number): Promise<void> {
    const untilMs = this.clock.nowMs + byMs;
    do await this.#turns.quiet();
    while (this.clock.step(untilMs));
  }

  /** Delivers and lets time pass until nobody has anything to say. What is planned for later than a few seconds does not count. */
  async settle(): Promise<void> {
    let untilMs = this.clock.nowMs + silenceMs;
    await this.#goOn((delivered) => {
      if (delivered) untilMs = this.clock.nowMs + silenceMs;
      return untilMs;
    });
  }

  /** Until everybody waits, for messages or for time. Delivers nothing. */
  async quiet(): Promise<void> {
    await this.#turns.quiet();
  }

  /** Lets what is under way go on for a few turns of the event loop, and no further. */
  async few(turns: number): Promise<void> {
    await this.#turns.few(turns);
  }

  /** Sees that work which somebody waits for comes to its end: messages arrive and time passes only as far as it takes. */
  async finish<T>(work: T | Promise<T>, isAbandoned = () => false): Promise<T> {
    if (!(work instanceof Promise)) return work;
    let over = false;
    const settled = work.finally(() => (over = true));
    settled.catch(() => undefined);
    const untilMs = this.clock.nowMs + patienceMs;
    for (let waits = 0; waits < maximumWaits;) {
      await this.#turns.quiet();
      if (over) return settled;
      if (isAbandoned()) throw new Error('whoever did this is gone');
      if (this.wires.deliverNext()) continue;
      if ((this.clock.nextMs ?? Infinity) <= untilMs) {
        this.clock.step(untilMs);
        continue;
      }
      waits += 1;
      await this.#turns.forThreads();
    }
    throw new Error('this would never end');
  }

  /** All that the peer shows: names, types, owners, times, links, bytes, extended attributes. */
  async tree(name: string, options: TreeOptions = {}): Promise<DescribedEntry[]> {
    return describeTree(this.peer(name), options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.peers) {
      if (peer.running) peer.run.end();
      this.wires.remove(peer.name);
    }
    for (const peer of this.peers) await this.finish(peer.destroy());
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #goOn(untilMs: (delivered: boolean) => number): Promise<void> {
    let delivered = false;
    for (let steps = 0; steps < maximumSteps; steps += 1) {
      await this.#turns.quiet();
      const endMs = untilMs(delivered);
      delivered = this.wires.deliverNext();
      if (!delivered && !this.clock.step(endMs)) return;
    }
    throw new Error('the peers do not stop talking');
  }
}

export interface CrashOptions {
  readonly start?: boolean;
  /** A copy of its home, made when the crash is to have been. */
  readonly home?: string;
}
