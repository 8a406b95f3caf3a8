import type { CoordinatedFile, Deferred } from './coordinated-file.ts';
import type { CoordinatorEnvironment } from './coordinator-environment.ts';
import { Granter } from './granter.ts';
import { assertPatienceMs, maximumDeferredPerPeer } from './limits.ts';
import type { FileMessage, HolderMessage } from './messages.ts';
import { Tally } from './tally.ts';

/**
 * Grants the locks of the files that this peer coordinates, to all members of the present view, itself included. Knows only what they
 * said in this view: it begins once all have told what they hold, and lets a message wait until what it speaks of is here. What is decided
 * then is the Granter's.
 */
export class Coordinator {
  readonly #environment: CoordinatorEnvironment;
  readonly #granter: Granter;
  /** What waits of each sender, here and in `#early`. */
  readonly #weights = new Tally();
  #missing = new Set<number>();
  #openAtMs = Infinity;
  /** What came before all had told what they hold. */
  #early: Deferred[] = [];
  /** Members that have told what they hold, but whose logs are not here as far as they said. */
  readonly #promised = new Map<number, number>();
  /** Members that have told all that they hold. */
  readonly #told = new Set<number>();
  /** By sender: what waits until the sender's log, or the file that it is about, is here. */
  readonly #behind = new Map<number, Deferred[]>();

  constructor(environment: CoordinatorEnvironment) {
    this.#environment = environment;
    this.#granter = new Granter(environment);
  }

  /** Files of which somebody holds locks, or which are delegated. */
  get files(): ReadonlyMap<number, CoordinatedFile> {
    return this.#granter.files;
  }

  /** Members that have not told what they hold; nobody gets a lock before they have, or their time is over. */
  get awaited(): ReadonlySet<number> {
    return this.#missing;
  }

  /** Something waits for what is not here yet. */
  get isBehind(): boolean {
    return this.#behind.size + this.#promised.size > 0;
  }

  /** Everything begins anew. */
  view(members: readonly number[]): void {
    this.#granter.clear();
    this.#weights.clear();
    this.#behind.clear();
    this.#promised.clear();
    this.#told.clear();
    this.#early = [];
    this.#missing = new Set(members);
    this.#openAtMs = this.#environment.monotonicMs() + assertPatienceMs;
  }

  take(from: number, message: HolderMessage): void {
    if (message.kind === 'assert') return this.#takeAssertion(from, message);
    const { inode } = message;
    if (this.#environment.coordinatorOf(inode) !== this.#environment.self) return;
    // Nobody gives back, in parts without end, what he never had.
    if (message.kind === 'returned' && this.files.get(inode)?.delegate !== from) return;
    if (this.#missing.size > 0) return this.#defer(this.#early, from, message);
    const behind = this.#behind.get(from) ?? [];
    if (behind.length === 0 && this.#isUnderstood(from, message)) {
      return this.#granter.handle(from, message);
    }
    this.#behind.set(from, behind);
    return this.#defer(behind, from, message);
  }

  /** Time has passed, or the tree has changed. */
  look(): void {
    const nowMs = this.#environment.monotonicMs();
    if (this.#missing.size > 0 && nowMs >= this.#openAtMs) this.#open();
    for (const [from, position] of [...this.#promised]) this.#hasAsserted(from, position);
    for (const [from, behind] of [...this.#behind]) this.#catchUp(from, behind);
    this.#granter.look(nowMs);
  }

  #takeAssertion(from: number, assertion: HolderMessage & { kind: 'assert' }): void {
    if (this.#told.has(from))
      return this.#environment.misbehaves(from, 'it told twice what it holds');
    if (!assertion.more) this.#told.add(from);
    for (const { inode, locks } of assertion.files) {
      const isHere = this.#environment.coordinatorOf(inode) === this.#environment.self;
      if (!isHere || locks.length === 0 || !this.#mayHold(from, inode)) continue;
      this.#granter.addHeld(from, inode, locks);
    }
    if (!assertion.more) this.#hasAsserted(from, assertion.position);
  }

  /** What it wrote in views before this one must be there as well for whoever gets a lock. */
  #hasAsserted(from: number, position: number): void {
    const world = this.#environment;
    if (from !== world.self && !world.hasBatch(from, position)) {
      this.#promised.set(from, position);
      return;
    }
    this.#promised.delete(from);
    this.#granter.reached(from, position);
    if (this.#missing.delete(from) && this.#missing.size === 0) this.#open();
  }

  #open(): void {
    this.#missing.clear();
    this.#weights.clear();
    for (const { from, message } of this.#early.splice(0)) this.take(from, message);
  }

  /** A lock is judged by the file's rights, and a release is worth something once what was written before it can be had. */
  #isUnderstood(from: number, message: FileMessage): boolean {
    const world = this.#environment;
    const isOwn = from === world.self;
    if ('position' in message && !isOwn && !world.hasBatch(from, message.position)) return false;
    if (message.kind !== 'acquire' && message.kind !== 'test') return true;
    return world.mayLock(from, message.inode) !== undefined;
  }

  #catchUp(from: number, behind: Deferred[]): void {
    let done = 0;
    for (const { message } of behind) {
      if (!this.#isUnderstood(from, message)) break;
      this.#granter.handle(from, message);
      done += 1;
    }
    behind.splice(0, done);
    if (behind.length > 0) return;
    this.#behind.delete(from);
    this.#weights.add(from, -this.#weights.of(from));
  }

  #defer(list: Deferred[], from: number, message: FileMessage): void {
    const weight = 'locks' in message ? message.locks.length : 0;
    this.#weights.add(from, weight + 1);
    if (this.#weights.of(from) > maximumDeferredPerPeer) {
      return this.#environment.misbehaves(from, 'it sends too many requests for locks');
    }
    list.push({ from, message });
  }

  /** A file that nobody here has heard of yet may well be held by who knows it. */
  #mayHold(device: number, inode: number): boolean {
    return this.#environment.mayLock(device, inode) ?? true;
  }
}
