import type { CheckpointLimits } from '../../src/metadata/checkpoint/limits.ts';
import { silentLogger, type Logger } from '../../src/platform/logger.ts';
import { PosixError } from '../../src/vfs/posix-error.ts';
import { Chance } from '../support/world/chance.ts';
import type { DescribedEntry } from '../support/world/tree.ts';
import { World } from '../support/world/world.ts';
import type { WorldPeer } from '../support/world/world-peer.ts';
import { type Command, describeCommand, execute } from './command.ts';
import { Ledger } from './ledger.ts';
import type { Plan } from './plan.ts';
import { MortalDisk } from '../support/world/mortal-disk.ts';
import { RunFailed } from './verdict.ts';

export interface RunStatistics {
  commands: number;
  refused: number;
  crashes: number;
  undone: number;
  conflicts: number;
  /** Peers that had folded something at the end. */
  folded: number;
  /** Pieces of work that had to be there at the end. */
  tokens: number;
}

/** Stamps of a clock that is further ahead than this wait at the other peers. */
const patientAheadMs = 9 * 60_000;

/** Longer than the clock that is most ahead. */
const longestSkewMs = 25 * 60 * 60_000;

const dayMs = 24 * 60 * 60_000;

/** So that a run of a few hundred operations folds several times. */
const earlyCheckpoints: CheckpointLimits = {
  expiryMs: 30 * dayMs,
  minimumOperations: 20,
  operationsPerRow: 0,
  lookEveryMs: 10_000,
  acknowledgeAfterMs: 2000,
  granularityMs: 1000,
  forgetAfterMs: 90 * dayMs,
};

/** What a peer may warn of only when something is wrong. */
const badWarnings: ReadonlySet<string> = new Set([
  ...['a batch was refused', 'a checkpoint was refused', 'malformed message'],
]);

/** A world with what is known of it: who works on what disk, what was done, and what must not be lost. */
export class Simulation {
  readonly plan: Plan;
  readonly world: World;
  readonly story: string[] = [];
  readonly ledger: Ledger;
  readonly #statistics: RunStatistics = {
    ...{ commands: 0, refused: 0, crashes: 0, undone: 0, conflicts: 0, folded: 0, tokens: 0 },
  };
  readonly #disks = new Map<string, MortalDisk>();
  readonly #complaints: string[] = [];
  #isAhead = false;
  #lostPower = false;

  constructor(plan: Plan) {
    this.plan = plan;
    const names = Array.from({ length: plan.peers }, (_, index) => `p${index + 1}`);
    this.world = new World(names, {
      ...{ flavour: plan.flavour, hasteMs: plan.hasteMs, logger: this.#logger() },
      disk: (name) => this.#newDisk(name),
      ...(plan.folds && { replica: { checkpointLimits: earlyCheckpoints } }),
    });
    this.ledger = new Ledger(this.world);
    if (plan.isSparse) this.world.wires.restrict((one, other) => areNear(names, one, other));
  }

  peer(number: number): WorldPeer {
    const peer = this.world.peers[number % this.world.peers.length];
    if (peer === undefined) throw new Error('there are no peers');
    return peer;
  }

  diskOf({ name }: WorldPeer): MortalDisk {
    const disk = this.#disks.get(name);
    if (disk === undefined) throw new Error(`${name} has no disk`);
    return disk;
  }

  /** What the peer shows. Bytes that were never brought to the disk may have gone with the power, and then nobody has them. */
  tree({ name }: WorldPeer): Promise<DescribedEntry[]> {
    return this.world.tree(name, { unreadable: this.#lostPower ? 'shown' : 'fails' });
  }

  /** As in `tree`. */
  get mayLackBytes(): boolean {
    return this.#lostPower;
  }

  setClock(peer: WorldPeer, skewMs: number): void {
    peer.skewMs = skewMs;
    if (skewMs > patientAheadMs) this.#isAhead = true;
  }

  noteCrash(line: string): void {
    this.story.push(line);
    this.#statistics.crashes += 1;
  }

  /** Does it and remembers that; the code of the refusal, if any. */
  async do(peer: WorldPeer, command: Command, index: number): Promise<string | undefined> {
    const code = await this.#attempt(peer, command);
    this.#statistics.commands += 1;
    if (code !== undefined) this.#statistics.refused += 1;
    const outcome = code === undefined ? '' : ` -> ${code}`;
    this.story.push(`${index}: ${peer.name} ${describeCommand(command)}${outcome}`);
    return code;
  }

  /** Everybody is back, all clocks are right, and nobody has anything more to say. */
  async healAll(): Promise<void> {
    const { world } = this;
    for (const peer of world.peers) {
      this.diskOf(peer).disarm();
      peer.skewMs = 0;
    }
    // Bytes come from those only whom one is connected to.
    world.wires.restrict(() => true);
    world.heal();
    world.online(...world.peers.map(({ name }) => name));
    // Messages may have been lost, which on a real link cannot happen without its breaking.
    world.wires.reconnect();
    await world.settle();
    if (this.#isAhead) await world.advance(longestSkewMs);
    this.#isAhead = false;
    await world.settle();
  }

  /** Who died in the middle of something is started again. */
  async raiseTheDead(): Promise<void> {
    for (const peer of this.world.peers) {
      const disk = this.diskOf(peer);
      if (!disk.isDead) continue;
      const { lostPower } = disk;
      this.noteCrash(`${peer.name} died${lostPower ? ' of a loss of power' : ''}`);
      await this.world.crash(peer.name, { start: false });
      if (lostPower) {
        this.#lostPower = true;
        this.ledger.powerLost(peer.name);
      }
      disk.renew();
      this.world.start(peer.name, !lostPower);
    }
  }

  failOnComplaints(): void {
    const [first] = this.#complaints;
    if (first !== undefined) throw new RunFailed('a peer complained', first);
  }

  statistics(): RunStatistics {
    const running = this.world.peers.filter((peer) => peer.running);
    const undone = running.reduce((sum, { run }) => sum + run.replica.statistics.undone, 0);
    const conflicts = [...(running[0]?.run.replica.conflicts() ?? [])].length;
    const folded = running.filter(
      ({ run }) => run.replica.parts.checkpoints.status.threshold !== null,
    ).length;
    return { ...this.#statistics, undone, conflicts, folded, tokens: this.ledger.size };
  }

  async #attempt(peer: WorldPeer, command: Command): Promise<string | undefined> {
    const disk = this.diskOf(peer);
    try {
      const meant = await this.ledger.intend(peer, command);
      await execute(peer, command);
      if (disk.isDead) return 'died';
      await this.ledger.done(peer, command, meant);
      return undefined;
    } catch (error) {
      if (disk.isDead) return 'died';
      if (error instanceof PosixError) return error.code;
      throw error;
    }
  }

  #newDisk(name: string): MortalDisk {
    const disk = new MortalDisk(() => {
      const peer = this.world.peer(name);
      if (peer.running) peer.run.end();
    });
    this.#disks.set(name, disk);
    return disk;
  }

  /** Nothing that a peer logs as an error may happen, unless one is dying. */
  #logger(): Logger {
    const note: Logger['error'] = (fields, message) => {
      const { error, reason } = fields as { error?: Error; reason?: string };
      const isDying = [...this.#disks.values()].some((disk) => disk.isDead);
      if (!isDying)
        this.#complaints.push(`${message} ${error?.stack ?? reason ?? JSON.stringify(fields)}`);
    };
    const warn: Logger['warn'] = (fields, message) => {
      if (badWarnings.has(message)) note(fields, message);
    };
    return { ...silentLogger, error: note, warn };
  }
}

/** On a ring, so that some hear of others only through others. */
function areNear(names: readonly string[], one: string, other: string): boolean {
  const apart = Math.abs(names.indexOf(one) - names.indexOf(other));
  return Math.min(apart, names.length - apart) <= 2;
}

/** Chance of its own for each peer and step. */
export function chanceOf(plan: Plan, number: number): Chance {
  return new Chance(plan.seed * 31 + number);
}
