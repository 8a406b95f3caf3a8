import { generateKeyPairSync } from 'node:crypto';
import type { DeviceId, UserId } from '../../src/identity/ids.ts';
import type { Link } from '../../src/network/link.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { LockExchange } from '../../src/sync/lock-exchange.ts';
import { messageType } from '../../src/sync/messages/message-type.ts';
import { ManualClock } from './manual-clock.ts';

/** One key for all: who signed does not matter here, only that it is checked at all. */
const { privateKey, publicKey } = generateKeyPairSync('ed25519');

/** Not a message of locks: a batch of somebody's log. */
const batch = 1;

interface Batch {
  readonly author: number;
  readonly sequence: number;
  readonly inode: number;
  readonly value: number;
}

interface Mail {
  readonly type: number;
  readonly body: Buffer;
}

/** One direction of a link. */
interface Way {
  readonly from: WorldLockPeer;
  readonly to: WorldLockPeer;
  readonly mail: Mail[];
  /** What the receiver sees of it. */
  readonly link: Link;
  open: boolean;
}

/** A peer with locks, a log of values that were written to files, and what it knows of the others' logs. */
export class WorldLockPeer {
  readonly device: DeviceId;
  readonly exchange: LockExchange;
  readonly values = new Map<number, number>();
  readonly known = new Map<number, number>();
  readonly log: Batch[] = [];
  alive = true;
  /** Values that are in no log yet, by file. */
  readonly unpublished = new Map<number, number>();
  readonly #world: LockWorld;
  #reaching: (() => boolean)[] = [];

  constructor(world: LockWorld, device: number) {
    this.#world = world;
    this.device = device as DeviceId;
    this.exchange = new LockExchange({
      ...{ self: this.device, certificate: Buffer.from([device]), privateKey },
      ...{ clock: world.clock, logger: silentLogger, mayLock: () => true },
      readCertificate: (der) => ({ device: der[0] as DeviceId, uid: 1, publicKey }),
      files: {
        publish: (inode) => this.#publish(inode),
        position: () => this.log.length,
        hasBatch: (author, sequence) => this.#length(author) >= sequence,
        reach: (_inode, required) => this.#reach(required),
      },
    });
  }

  write(inode: number, value: number): void {
    this.values.set(inode, value);
    this.unpublished.set(inode, value);
  }

  learn(news: Batch): void {
    if (news.author === this.device || news.sequence !== this.#length(news.author) + 1) return;
    this.known.set(news.author, news.sequence);
    this.values.set(news.inode, Math.max(news.value, this.values.get(news.inode) ?? 0));
    this.#world.spread(this, news);
    this.exchange.grew();
    this.look();
  }

  /** All that somebody who is met has. */
  tellAll(way: Way): void {
    for (const news of this.history()) this.#world.post(way, batch, encodeBatch(news));
  }

  *history(): Generator<Batch> {
    for (const peer of this.#world.allPeers) yield* peer.log.slice(0, this.#length(peer.device));
  }

  look(): void {
    this.#reaching = this.#reaching.filter((attempt) => !attempt());
  }

  #length(author: number): number {
    return author === this.device ? this.log.length : (this.known.get(author) ?? 0);
  }

  #publish(inode: number): Promise<void> | undefined {
    if (!this.unpublished.has(inode)) return undefined;
    return this.#world.later(() => {
      const value = this.unpublished.get(inode);
      this.unpublished.delete(inode);
      if (value === undefined) return;
      const news = { author: this.device, sequence: this.log.length + 1, inode, value };
      this.log.push(news);
      this.#world.spread(this, news);
    });
  }

  #reach(required: Map<number, number>): Promise<void> | undefined {
    const isReached = (): boolean => {
      for (const [author, sequence] of required) {
        if (this.#length(author) >= sequence) required.delete(author);
      }
      return required.size === 0;
    };
    if (isReached()) return undefined;
    return new Promise((resolve) => {
      this.#reaching.push(() => {
        if (!isReached()) return false;
        resolve();
        return true;
      });
    });
  }
}

/** Peers whose messages the test delivers, one at a time, in any order that links allow. */
export class LockWorld {
  readonly clock = new ManualClock();
  readonly allPeers: WorldLockPeer[];
  readonly #ways: Way[] = [];
  #jobs: (() => void)[] = [];
  #replayed: { way: Way; mail: Mail } | undefined;

  constructor(count: number) {
    this.allPeers = Array.from({ length: count }, (_, index) => new WorldLockPeer(this, index + 1));
  }

  get peers(): WorldLockPeer[] {
    return this.allPeers.filter(({ alive }) => alive);
  }

  connect(a: WorldLockPeer, b: WorldLockPeer): void {
    if (a === b || this.isLinked(a, b)) return;
    const ways = [this.#way(a, b), this.#way(b, a)];
    this.#ways.push(...ways);
    for (const way of ways) way.from.tellAll(way);
    for (const { from, to } of ways) from.exchange.opened(this.#linkTo(from, to));
  }

  /** What was on its way is lost. */
  disconnect(a: WorldLockPeer, b: WorldLockPeer): void {
    const between = this.#ways.filter((way) => isBetween(way, a, b));
    for (const way of between) {
      way.open = false;
      this.#ways.splice(this.#ways.indexOf(way), 1);
    }
    for (const { to, link } of between) if (to.alive) to.exchange.closed(link);
  }

  kill(peer: WorldLockPeer): void {
    peer.alive = false;
    peer.exchange.stop();
    for (const other of this.allPeers) this.disconnect(peer, other);
  }

  isLinked(a: WorldLockPeer, b: WorldLockPeer): boolean {
    return this.#ways.some((way) => isBetween(way, a, b));
  }

  /** Whoever can be reached over any number of links. */
  componentOf(peer: WorldLockPeer): Set<WorldLockPeer> {
    const reached = new Set([peer]);
    for (const one of reached) {
      for (const { from, to } of this.#ways) if (from === one) reached.add(to);
    }
    return reached;
  }

  post(way: Way, type: number, body: Uint8Array): void {
    if (way.open && way.to.alive && way.from.alive)
      way.mail.push({ type, body: Buffer.from(body) });
  }

  spread(peer: WorldLockPeer, news: Batch): void {
    for (const way of this.#ways) if (way.from === peer) this.post(way, batch, encodeBatch(news));
  }

  later(work: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.#jobs.push(() => {
        work();
        resolve();
      });
    });
  }

  get isQuiet(): boolean {
    return this.#jobs.length === 0 && this.#ways.every(({ mail }) => mail.length === 0);
  }

  /** One thing happens, chosen by a number from 0 to 1. */
  async step(chance: number): Promise<void> {
    const busy = this.#ways.filter(({ mail }) => mail.length > 0);
    const choice = Math.floor(chance * (busy.length + this.#jobs.length));
    const way = busy[choice];
    if (way === undefined) this.#jobs.splice(choice - busy.length, 1)[0]?.();
    else this.#deliver(way);
    await new Promise(setImmediate);
  }

  /** A message that was delivered comes again, as far as its link still is there. */
  repeat(): void {
    const last = this.#replayed;
    if (last?.way.open && last.mail.type !== batch) this.#receive(last.way, last.mail);
  }

  #deliver(way: Way): void {
    const mail = way.mail.shift();
    if (mail === undefined) return;
    this.#replayed = { way, mail };
    this.#receive(way, mail);
  }

  #receive({ to, link }: Way, { type, body }: Mail): void {
    if (!to.alive) return;
    if (type === batch) to.learn(JSON.parse(body.toString()) as Batch);
    else if (type === messageType.lockLinkState) to.exchange.takeLinkState(link, body);
    else to.exchange.takeEnvelope(link, body);
  }

  #way(from: WorldLockPeer, to: WorldLockPeer): Way {
    return { from, to, mail: [], link: this.#makeLink(to, from), open: true };
  }

  #linkTo(from: WorldLockPeer, to: WorldLockPeer): Link {
    const back = this.#ways.find((way) => way.from === to && way.to === from);
    if (back === undefined) throw new Error('there is no such link');
    return back.link;
  }

  /** As `owner` has it, which leads to `peer`. */
  #makeLink(owner: WorldLockPeer, peer: WorldLockPeer): Link {
    return {
      peer: { device: peer.device, user: 'someone', uid: 1 as UserId, fingerprint: '' },
      ...{ remoteAddress: '', roundTripMs: 0, queuedBytes: 0, bytesReceived: 0, bytesSent: 0 },
      transfer: () => Promise.reject(new Error('this world has no content')),
      close: (reason) => {
        throw new Error(`a link was closed: ${reason}`);
      },
      send: (type, body) => {
        const way = this.#ways.find((each) => each.from === owner && each.to === peer);
        if (way !== undefined) this.post(way, type, body);
      },
    };
  }
}

function isBetween({ from, to }: Way, a: WorldLockPeer, b: WorldLockPeer): boolean {
  return (from === a && to === b) || (from === b && to === a);
}

function encodeBatch(news: Batch): Buffer {
  return Buffer.from(JSON.stringify(news));
}
