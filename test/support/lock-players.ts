import { kindFlock, kindPosix, type LockKind } from '../../src/locks/file-locks.ts';
import type { LockFailure } from '../../src/locks/held-file.ts';
import { lockRead, lockWrite, type LockType } from '../../src/locks/lock-table.ts';
import { lastPosition } from '../../src/locks/position.ts';
import type { LockWorld, WorldLockPeer } from './lock-world.ts';

/** Bytes of a file that anybody locks. */
export const fileBytes = 8;

/** What a process believes to hold of a file: by byte, the type and since when. */
type Belief = ({ readonly type: LockType; readonly sinceMs: number } | undefined)[];

/** A process of one peer, which locks and unlocks, and writes what it has locked. */
export class Player {
  readonly peer: WorldLockPeer;
  readonly key: string;
  readonly #game: Game;
  readonly #beliefs = new Map<string, Belief>();
  /** What it waits for. */
  wish: { readonly id: number; readonly waits: boolean } | undefined;

  constructor(game: Game, peer: WorldLockPeer, key: string) {
    this.#game = game;
    this.peer = peer;
    this.key = key;
  }

  belief(inode: number, kind: LockKind): Belief {
    const name = `${inode} ${kind}`;
    const known = this.#beliefs.get(name) ?? Array<undefined>(fileBytes).fill(undefined);
    this.#beliefs.set(name, known);
    return known;
  }

  get holdsAnything(): boolean {
    return [...this.#beliefs.values()].some((bytes) => bytes.some((byte) => byte !== undefined));
  }

  acquire(
    inode: number,
    kind: LockKind,
    type: LockType,
    start: number,
    end: number,
    waits: boolean,
  ): void {
    const [first, last] = kind === kindFlock ? [0, fileBytes - 1] : [start, end];
    const belief = this.belief(inode, kind);
    if (type === lockRead) this.#game.write(this.peer, inode, kind, belief, first, last);
    for (let byte = first; byte <= last; byte++) {
      const held = belief[byte];
      if (held === undefined || held.type === type) continue;
      // flock gives the lock up for the other type. With fcntl others may read from now on, whenever he hears of it.
      if (kind === kindFlock) belief[byte] = undefined;
      else if (type === lockRead) belief[byte] = { ...held, type };
    }
    const owner = { key: `${this.peer.device}-${this.key}`, pid: 1, handle: 1 };
    let settled = false;
    const range = kind === kindFlock ? { start: 0, end: lastPosition } : { start, end };
    const id = this.peer.exchange.peer.holder.acquire(
      inode,
      { kind, owner, type, ...range, waits },
      (failure) => {
        settled = true;
        this.wish = undefined;
        if (failure === null) this.#granted(inode, kind, type, first, last);
        else this.#game.failed(failure);
      },
    );
    this.peer.exchange.watch();
    if (!settled) this.wish = { id, waits };
  }

  release(inode: number, kind: LockKind, start: number, end: number): void {
    const belief = this.belief(inode, kind);
    const [first, last] = kind === kindFlock ? [0, fileBytes - 1] : [start, end];
    this.#game.write(this.peer, inode, kind, belief, first, last);
    belief.fill(undefined, first, last + 1);
    const to = kind === kindFlock || end >= fileBytes - 1 ? lastPosition : end;
    const owner = `${this.peer.device}-${this.key}`;
    this.peer.exchange.peer.holder.release(inode, kind, owner, kind === kindFlock ? 0 : start, to);
  }

  /** As a process that is killed: what it waits for is given up, what it holds let go. */
  die(inodes: readonly number[]): void {
    if (this.wish !== undefined) this.peer.exchange.peer.holder.cancel(this.wish.id);
    for (const inode of inodes) {
      for (const kind of [kindPosix, kindFlock] as const) this.release(inode, kind, 0, fileBytes);
    }
  }

  #granted(inode: number, kind: LockKind, type: LockType, start: number, end: number): void {
    this.#game.checkGrant(this, inode, kind, type, start, end);
    const sinceMs = this.#game.world.clock.monotonicMs();
    const belief = this.belief(inode, kind);
    for (let byte = start; byte <= end; byte++) {
      belief[byte] = { type, sinceMs: belief[byte]?.sinceMs ?? sinceMs };
    }
  }
}

interface Written {
  readonly value: number;
  readonly by: WorldLockPeer;
  readonly atMs: number;
}

/** Many processes on many peers, and what must be true whatever they do. */
export class Game {
  readonly world: LockWorld;
  readonly players: Player[];
  readonly violations: string[] = [];
  readonly failures = new Map<LockFailure, number>();
  grants = 0;
  /** Pairs of peers that can reach each other and have known it for a while, whatever links came and went since. */
  readonly #settled = new Set<string>();
  /** When two peers could not reach each other last, or had not settled yet that they can. */
  readonly #apartAtMs = new Map<string, number>();
  /** The last value that was written to each byte under a lock, by whom, and when. */
  readonly #written = new Map<string, Written>();
  #values = 0;

  constructor(world: LockWorld, playersPerPeer: number) {
    this.world = world;
    this.players = world.allPeers.flatMap((peer) =>
      Array.from({ length: playersPerPeer }, (_, index) => new Player(this, peer, String(index))),
    );
  }

  get living(): Player[] {
    return this.players.filter(({ peer }) => peer.alive);
  }

  failed(failure: LockFailure): void {
    this.failures.set(failure, (this.failures.get(failure) ?? 0) + 1);
  }

  /** The bytes that are held to be written are written, before others may have them. */
  write(
    by: WorldLockPeer,
    inode: number,
    kind: LockKind,
    belief: Belief,
    start: number,
    end: number,
  ): void {
    const value = ++this.#values;
    const atMs = this.world.clock.monotonicMs();
    let isWritten = false;
    for (let byte = start; byte <= end; byte++) {
      if (belief[byte]?.type !== lockWrite) continue;
      this.#written.set(`${inode} ${kind} ${byte}`, { value, by, atMs });
      isWritten = true;
    }
    if (isWritten) by.write(inode, value);
  }

  /** To be told after each step. */
  noteWhoIsTogether(): void {
    const nowMs = this.world.clock.monotonicMs();
    for (const [a, b] of this.#pairs()) {
      const pair = pairOf(a, b);
      const isTogether = this.world.componentOf(a).has(b);
      if (!isTogether) this.#settled.delete(pair);
      if (this.#settled.has(pair)) continue;
      this.#apartAtMs.set(pair, nowMs);
      if (isTogether && this.#areSettled(a, b)) this.#settled.add(pair);
    }
  }

  checkGrant(
    player: Player,
    inode: number,
    kind: LockKind,
    type: LockType,
    start: number,
    end: number,
  ): void {
    this.grants += 1;
    for (const other of this.living) {
      if (other === player) continue;
      const belief = other.belief(inode, kind);
      for (let byte = start; byte <= end; byte++) {
        const held = belief[byte];
        if (held === undefined || (held.type === lockRead && type === lockRead)) continue;
        if (!this.#mayContradict(player.peer, other.peer, held.sinceMs)) {
          this.violations.push(
            `${player.peer.device}-${player.key} got byte ${byte} of ${inode}, which ${other.peer.device}-${other.key} holds`,
          );
        }
      }
    }
    for (let byte = start; byte <= end; byte++) this.#checkValue(player.peer, inode, kind, byte);
  }

  #checkValue(peer: WorldLockPeer, inode: number, kind: LockKind, byte: number): void {
    const written = this.#written.get(`${inode} ${kind} ${byte}`);
    if (written === undefined || !written.by.alive || written.by === peer) return;
    if (this.#mayContradict(peer, written.by, written.atMs)) return;
    const seen = peer.values.get(inode) ?? 0;
    if (seen < written.value) {
      this.violations.push(
        `${peer.device} sees ${seen} in ${inode}, but ${written.by.device} wrote ${written.value}`,
      );
    }
  }

  /** What happened when they could not know of each other. */
  #mayContradict(a: WorldLockPeer, b: WorldLockPeer, sinceMs: number): boolean {
    if (a === b) return false;
    if (!this.#settled.has(pairOf(a, b)) || !this.world.componentOf(a).has(b)) return true;
    return sinceMs <= (this.#apartAtMs.get(pairOf(a, b)) ?? Infinity);
  }

  #areSettled(a: WorldLockPeer, b: WorldLockPeer): boolean {
    const together = [...this.world.componentOf(a)];
    return (
      together.includes(b) &&
      together.every(({ exchange }) => {
        const { members } = exchange;
        return members.length === together.length && exchange.peer.coordinator.awaited.size === 0;
      })
    );
  }

  *#pairs(): Generator<[WorldLockPeer, WorldLockPeer]> {
    const { peers } = this.world;
    for (const [index, a] of peers.entries()) {
      for (const b of peers.slice(index + 1)) yield [a, b];
    }
  }
}

function pairOf(a: WorldLockPeer, b: WorldLockPeer): string {
  return [a.device, b.device].sort((one, other) => one - other).join('-');
}
