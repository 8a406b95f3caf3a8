import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CommandResult, until } from '../support/live-peer.ts';
import { CrashingPeer, inTime } from './daemon-process.ts';
import { readLedger } from './ledger.ts';
import { Chance } from './random.ts';
import { requireSameTrees, verifyOwn, verifyThrough } from './verify.ts';

/** Looking at every operation and every byte of a long run takes its time. */
const checkLimitMs = 300_000;

/** Two peers with mounts, a writer in each, and somebody who kills the daemons. */
export class CrashLoop {
  readonly #directory: string;
  readonly #chance: Chance;
  readonly #compareEvery: number;
  readonly #alice: CrashingPeer;
  readonly #bob: CrashingPeer;
  readonly #writers = new Map<CrashingPeer, Writer>();
  #kills = 0;
  #killsWhileStarting = 0;
  #compared = 0;
  #longestStartMs = 0;
  rounds = 0;

  constructor(directory: string, seed: number, compareEvery: number) {
    this.#directory = directory;
    this.#chance = new Chance(seed);
    this.#compareEvery = compareEvery;
    this.#alice = new CrashingPeer(directory, 'alice');
    this.#bob = new CrashingPeer(directory, 'bob');
  }

  get #peers(): readonly CrashingPeer[] {
    return [this.#alice, this.#bob];
  }

  async create(): Promise<void> {
    const [alice, bob] = [this.#alice, this.#bob];
    const listen = ['--listen', '127.0.0.1:0'];
    await alice.live.must('network', 'create', 'garden', '--user', 'alice', ...listen);
    await this.#start(alice);
    const invitation = await alice.live.must('invite', 'bob');
    const token = invitation.trimEnd().split('\n').at(-1) ?? '';
    await bob.live.must('join', token, ...listen);
    await this.#start(bob);
    mkdirSync(alice.live.path('shared'), { mode: 0o777 });
    for (const peer of this.#peers) mkdirSync(peer.live.path(peer.name));
    await until('bob has the shared folder', () => this.#sees(bob, 'shared'));
    for (const peer of this.#peers) this.#write(peer);
  }

  async #sees(peer: CrashingPeer, name: string): Promise<boolean> {
    return (await readdir(peer.live.mountpoint)).includes(name);
  }

  /** Some time of work, then one or both die, perhaps several times over; and everything must be there. */
  async round(round: number): Promise<void> {
    this.rounds = round;
    await this.#pause(900);
    const victims = this.#chance.happens(0.25) ? this.#peers : [this.#chance.pick(this.#peers)];
    for (const victim of victims)
      await this.#kill(victim, this.#chance.happens(0.1) ? 'SIGTERM' : 'SIGKILL');
    for (const victim of victims) await this.#restart(victim);
    if (round % this.#compareEvery === 0) await this.compare();
  }

  /** Everybody rests, and then both mounts are the same, hold what either wrote, and are sound. */
  async compare(): Promise<void> {
    for (const writer of this.#writers.values()) await writer.stop();
    const [alice, bob] = [this.#alice, this.#bob];
    await requireSameTrees(alice, bob);
    await verifyThrough(alice, bob);
    await verifyThrough(bob, alice);
    for (const { live, name } of this.#peers) {
      const check = (): Promise<CommandResult> => live.run('check');
      const { exitCode, stdout, stderr } = await inTime('check is done', check, checkLimitMs);
      if (exitCode !== 0) throw new Error(`${name}: check: ${stdout}${stderr}`);
    }
    this.#compared += 1;
    for (const peer of this.#peers) this.#write(peer);
  }

  statistics(): Record<
    'kills' | 'killsWhileStarting' | 'actions' | 'compared' | 'longestStartMs',
    number
  > {
    const finished = this.#peers.map(({ ledger }) => readLedger(ledger).finished);
    return {
      kills: this.#kills,
      killsWhileStarting: this.#killsWhileStarting,
      actions: finished.reduce((sum, count) => sum + count, 0),
      compared: this.#compared,
      longestStartMs: this.#longestStartMs,
    };
  }

  async destroy(): Promise<void> {
    for (const writer of this.#writers.values()) writer.abandon();
    for (const peer of this.#peers) await peer.destroy();
  }

  async #kill(peer: CrashingPeer, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#note(`${signal} ${peer.name}`);
    if (signal === 'SIGTERM') await this.#writers.get(peer)?.stop();
    await peer.kill(signal);
    await this.#writers.get(peer)?.ended();
    this.#kills += Number(signal === 'SIGKILL');
  }

  async #restart(peer: CrashingPeer): Promise<void> {
    while (this.#chance.happens(0.3)) {
      this.#note(`start ${peer.name}, to be killed`);
      peer.launch();
      await this.#pause(1200);
      await peer.kill();
      this.#kills += 1;
      this.#killsWhileStarting += 1;
    }
    await this.#start(peer);
    await verifyOwn(peer);
    this.#write(peer);
  }

  async #start(peer: CrashingPeer): Promise<void> {
    this.#note(`start ${peer.name}`);
    const startMs = performance.now();
    peer.launch();
    await peer.ready();
    this.#longestStartMs = Math.max(this.#longestStartMs, performance.now() - startMs);
  }

  #write(peer: CrashingPeer): void {
    this.#writers.set(peer, new Writer(peer, this.#chance.below(2 ** 32)));
  }

  #pause(maximumMs: number): Promise<void> {
    const delayMs = this.#chance.below(maximumMs);
    return new Promise((resolve) => setTimeout(resolve, delayMs));
  }

  /** What happened when, to be read beside the daemons' logs. */
  #note(what: string): void {
    appendFileSync(join(this.#directory, 'events'), `${new Date().toISOString()} ${what}\n`);
  }
}

/** The process that changes files in a mount. */
class Writer {
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | null>;
  readonly #name: string;
  #complaint = '';

  constructor({ name, live, ledger }: CrashingPeer, seed: number) {
    this.#name = name;
    const program = join(import.meta.dirname, 'writer.ts');
    this.#child = spawn(process.execPath, [program, live.mountpoint, name, ledger, String(seed)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child.stderr?.on('data', (chunk) => (this.#complaint += String(chunk)));
    this.#exit = new Promise((resolve) => this.#child.once('close', (code) => resolve(code)));
  }

  /** Between two actions. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.ended();
  }

  /** Rejects when it ended by something else than the end of its mount. */
  async ended(): Promise<void> {
    const code = await inTime(`the writer of ${this.#name} has ended`, () => this.#exit);
    if (code !== 0 && this.#child.signalCode !== 'SIGTERM') {
      throw new Error(`the writer of ${this.#name}: ${this.#complaint}`);
    }
  }

  abandon(): void {
    this.#child.kill('SIGKILL');
  }
}
