import { expect, test } from 'vitest';
import { kindFlock, kindPosix } from '../../../src/locks/file-locks.ts';
import { disuseMs } from '../../../src/locks/limits.ts';
import { lockRead, lockWrite } from '../../../src/locks/lock-table.ts';
import { fileBytes, Game, type Player } from '../../support/lock-players.ts';
import { LockWorld, type WorldLockPeer } from '../../support/lock-world.ts';
import { Chance } from '../../support/world/chance.ts';

// Processes on several peers lock, unlock, write and die, while links come and go and messages come in any order that they allow. Whatever
// happens follows from a seed.

const inodes = [101, 102, 103];
const seeds = Number(process.env.LOCK_SEEDS ?? 5);
const firstSeed = Number(process.env.LOCK_SEED ?? 1);
const steps = Number(process.env.LOCK_STEPS ?? 1000);

interface Weather {
  /** How often a link breaks or is made, of each step. */
  readonly links: number;
  readonly kills: number;
  /** Whether all are linked with each other, or only some. */
  readonly isFull: boolean;
}

const weathers: Readonly<Record<string, Weather>> = {
  'when nothing breaks': { links: 0, kills: 0, isFull: true },
  'over peers in between': { links: 0, kills: 0, isFull: false },
  'when links break and come back': { links: 0.01, kills: 0, isFull: true },
  'when links between few peers break': { links: 0.01, kills: 0, isFull: false },
  'when peers die': { links: 0.004, kills: 0.002, isFull: true },
};

const seedList = Array.from({ length: seeds }, (_, index) => firstSeed + index);

for (const [name, weather] of Object.entries(weathers)) {
  test.each(seedList)(`no two hold what excludes each other, ${name} (seed %i)`, async (seed) => {
    const play = new Play(seed, weather);
    await play.run();
    expect(play.game.violations).toEqual([]);
    await play.finish();
    expect(play.game.violations).toEqual([]);
    expect(play.game.grants).toBeGreaterThan(20);
  });
}

class Play {
  readonly game: Game;
  readonly #chance: Chance;
  readonly #world: LockWorld;
  readonly #weather: Weather;

  constructor(seed: number, weather: Weather) {
    this.#chance = new Chance(seed);
    this.#weather = weather;
    this.#world = new LockWorld(this.#chance.between(3, 5));
    this.game = new Game(this.#world, 3);
    this.#connectFirst();
  }

  async run(): Promise<void> {
    await this.#settle();
    for (let step = 0; step < steps; step++) {
      this.#act();
      for (let delivered = this.#chance.below(4); delivered > 0; delivered--) await this.#step();
      if (this.#chance.happens(0.02)) this.#world.repeat();
      if (this.#chance.happens(0.1)) this.#pass(this.#chance.between(1, 30));
      if (this.game.violations.length > 0) return;
    }
  }

  /** Links heal, all let go of what they hold, nobody waits for good, and nothing is left. */
  async finish(): Promise<void> {
    for (const a of this.#world.peers) for (const b of this.#world.peers) this.#connect(a, b);
    for (let round = 0; round < 200 && this.#isBusy(); round++) {
      for (const player of this.game.living) {
        for (const inode of inodes) {
          player.release(inode, kindPosix, 0, fileBytes);
          player.release(inode, kindFlock, 0, fileBytes);
        }
      }
      await this.#settle();
    }
    expect(this.game.living.filter(({ wish }) => wish !== undefined).map(nameOf)).toEqual([]);
    for (let passed = 0; passed < 4; passed++) {
      this.#pass(disuseMs);
      await this.#settle();
    }
    for (const { exchange } of this.#world.peers) {
      expect([exchange.peer.holder.held, exchange.peer.holder.files.size]).toEqual([0, 0]);
      expect(exchange.peer.coordinator.files.size).toBe(0);
    }
  }

  #isBusy(): boolean {
    return this.game.living.some(({ wish, holdsAnything }) => wish !== undefined || holdsAnything);
  }

  #act(): void {
    const { links, kills } = this.#weather;
    if (this.#chance.happens(links)) this.#changeLinks();
    this.game.noteWhoIsTogether();
    if (this.#chance.happens(kills) && this.#world.peers.length > 2) {
      this.#world.kill(this.#chance.pick(this.#world.peers));
    }
    this.#move(this.#chance.pick(this.game.living));
  }

  #move(player: Player): void {
    const inode = this.#chance.pick(inodes);
    const kind = this.#chance.happens(0.25) ? kindFlock : kindPosix;
    const start = this.#chance.below(fileBytes);
    const end = this.#chance.between(start, fileBytes - 1);
    if (player.wish !== undefined) {
      if (this.#chance.happens(0.05)) {
        player.peer.exchange.peer.holder.cancel(player.wish.id);
      }
      return;
    }
    const type = this.#chance.happens(0.5) ? lockWrite : lockRead;
    if (this.#chance.happens(0.01)) player.die(inodes);
    else if (this.#chance.happens(0.5)) {
      player.acquire(inode, kind, type, start, end, this.#chance.happens(0.5));
    } else player.release(inode, kind, this.#chance.happens(0.5) ? 0 : start, fileBytes);
  }

  #connectFirst(): void {
    const { peers } = this.#world;
    for (const [index, peer] of peers.entries()) {
      const before = peers.slice(0, index);
      const others = this.#weather.isFull ? before : before.slice(-1);
      for (const other of others) this.#connect(peer, other);
    }
  }

  #changeLinks(): void {
    const [a, b] = [this.#chance.pick(this.#world.peers), this.#chance.pick(this.#world.peers)];
    if (a === b) return;
    if (this.#world.isLinked(a, b)) this.#world.disconnect(a, b);
    else this.#connect(a, b);
  }

  #connect(a: WorldLockPeer, b: WorldLockPeer): void {
    this.#world.connect(a, b);
    this.game.noteWhoIsTogether();
  }

  async #settle(): Promise<void> {
    for (let quiet = 0; quiet < 3;) {
      quiet = this.#world.isQuiet ? quiet + 1 : 0;
      await this.#step();
      if (this.#world.isQuiet) this.#pass(700);
    }
  }

  async #step(): Promise<void> {
    if (!this.#world.isQuiet) await this.#world.step(this.#chance.fraction());
    this.game.noteWhoIsTogether();
  }

  #pass(ms: number): void {
    this.#world.clock.advance(ms);
    for (const peer of this.#world.peers) peer.look();
  }
}

function nameOf({ peer, key }: Player): string {
  return `${peer.device}-${key}`;
}
