import { CoordinatedFile, type Deferred } from './coordinated-file.ts';
import type { LockRequest } from './arbiter.ts';
import type { LockOwner } from './lock-table.ts';
import {
  assertPatienceMs,
  maximumDelegationsPerPeer,
  maximumDeferredPerPeer,
  maximumLocksPerPeer,
  maximumWaitingPerPeer,
} from './limits.ts';
import { contendersOf, tellContested, tellSettled } from './contested.ts';
import type {
  CoordinatorMessage,
  DenialCode,
  FileMessage,
  HolderMessage,
  LogPositions,
  WireLock,
} from './messages.ts';
import { Tally } from './tally.ts';
import { PositionLedger } from './position-ledger.ts';

export interface CoordinatorEnvironment {
  readonly self: number;
  monotonicMs(): number;
  send(to: number, message: CoordinatorMessage): void;
  coordinatorOf(inode: number): number;
  /** Whether whoever is at this device may open the file; undefined while the file is not known here. */
  mayLock(device: number, inode: number): boolean | undefined;
  /** No sound peer does this. */
  misbehaves(device: number, how: string): void;
  /** Whether this batch of the device is here. */
  hasBatch(device: number, sequence: number): boolean;
}

/**
 * Grants the locks of the files that this peer coordinates, to all members of the present view, itself included. Knows only what they
 * said in this view: it begins once all have told what they hold. A file that one peer uses alone is delegated to it.
 */
export class Coordinator {
  readonly #environment: CoordinatorEnvironment;
  readonly #files = new Map<number, CoordinatedFile>();
  readonly #locks = new Tally();
  readonly #delegations = new Tally();
  /** What waits of each sender, here and in `#early`. */
  readonly #weights = new Tally();
  readonly #positions = new PositionLedger();
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
  }

  /** Files of which somebody holds locks, or which are delegated. */
  get files(): ReadonlyMap<number, CoordinatedFile> {
    return this.#files;
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
    this.#files.clear();
    this.#locks.clear();
    this.#weights.clear();
    this.#delegations.clear();
    this.#positions.clear();
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
    if (message.kind === 'returned' && this.#files.get(inode)?.delegate !== from) return;
    if (this.#missing.size > 0) return this.#defer(this.#early, from, message);
    const behind = this.#behind.get(from) ?? [];
    if (behind.length === 0 && this.#isUnderstood(from, message)) {
      return this.#handle(from, message);
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
    for (const file of this.#files.values()) {
      if (file.arbiter.waiting.length > 0) this.#grantWaiting(file);
      else if (file.isForgettable(nowMs)) this.#files.delete(file.inode);
    }
  }

  #takeAssertion(from: number, assertion: HolderMessage & { kind: 'assert' }): void {
    if (this.#told.has(from))
      return this.#environment.misbehaves(from, 'it told twice what it holds');
    if (!assertion.more) this.#told.add(from);
    for (const { inode, locks } of assertion.files) {
      const isHere = this.#environment.coordinatorOf(inode) === this.#environment.self;
      if (!isHere || locks.length === 0 || !this.#mayHold(from, inode)) continue;
      const file = this.#fileOf(inode);
      this.#addLocks(file, from, locks);
      // Told late: somebody may already believe to be alone with the file.
      this.#recall(file);
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
    this.#positions.reached(from, position);
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
      this.#handle(from, message);
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

  #handle(from: number, message: FileMessage): void {
    const isWish = message.kind === 'acquire' || message.kind === 'test';
    const file = isWish ? this.#fileOf(message.inode) : this.#files.get(message.inode);
    if (file === undefined) return undefined;
    if (message.kind === 'returned') return this.#takeBack(file, from, message);
    // What was sent before the file was delegated, its new judge judges himself.
    if (file.delegate === from) return undefined;
    switch (message.kind) {
      case 'release':
        return this.#release(file, from, message.lock, message.position);
      case 'cancel':
        return this.#cancel(file, from, message.id);
      case 'acquire':
      case 'test':
        return this.#consider(file, from, message);
    }
  }

  #consider(
    file: CoordinatedFile,
    from: number,
    message: FileMessage & { kind: 'acquire' | 'test' },
  ): void {
    file.used(from, this.#environment.monotonicMs());
    if (this.#environment.mayLock(from, file.inode) === false) {
      return this.#deny(file, from, message.id, 'EACCES');
    }
    if (file.delegate === null) return this.#judge(file, from, message);
    file.deferred.push({ from, message });
    this.#environment.send(from, { kind: 'noted', inode: file.inode, id: message.id });
    return this.#recall(file);
  }

  #judge(
    file: CoordinatedFile,
    from: number,
    message: FileMessage & { kind: 'acquire' | 'test' },
  ): void {
    if (message.kind === 'test') return this.#test(file, from, message);
    this.#positions.reached(from, message.position);
    if (!this.#isWithinLimits(file, from)) return this.#deny(file, from, message.id, 'ENOLCK');
    const nowMs = this.#environment.monotonicMs();
    const request = requestOf(from, message, nowMs);
    const judgement = file.arbiter.request(request, nowMs);
    if (judgement === 'granted') this.#grant(file, request, file.isOnlyOf(from, nowMs));
    if (judgement === 'refused') this.#deny(file, from, message.id, 'EAGAIN');
    if (judgement === 'waits') {
      this.#environment.send(from, { kind: 'noted', inode: file.inode, id: message.id });
    }
    if (file.delegate === null) this.#grantWaiting(file);
  }

  #isWithinLimits(file: CoordinatedFile, from: number): boolean {
    if (this.#locks.of(from) >= maximumLocksPerPeer) return false;
    if (file.arbiter.waiting.length < maximumWaitingPerPeer) return true;
    return (
      file.arbiter.waiting.filter(({ owner }) => owner.device === from).length <
      maximumWaitingPerPeer
    );
  }

  #test(file: CoordinatedFile, from: number, { id, lock }: FileMessage & { kind: 'test' }): void {
    const { kind, owner, type, start, end } = lock;
    const found = file.arbiter.locks.tables[kind].conflict(keyOf(from, owner), type, start, end);
    const conflict = found && {
      ...{ kind, type: found.type, start: found.start, end: found.end },
      ...{ owner: ownKey(found.owner), device: found.owner.device },
    };
    const { inode } = file;
    this.#environment.send(from, { kind: 'tested', inode, id, conflict: conflict ?? null });
  }

  #release(file: CoordinatedFile, from: number, lock: WireLock, position: number): void {
    this.#positions.reached(from, position);
    const { kind, owner, start, end } = lock;
    const nowMs = this.#environment.monotonicMs();
    const granted = file.arbiter.release(kind, keyOf(from, owner), start, end, nowMs);
    for (const request of granted) this.#grant(file, request, false);
    if (file.contested.size > 0) tellSettled(file, (to, told) => this.#environment.send(to, told));
  }

  #cancel(file: CoordinatedFile, from: number, id: number): void {
    const index = file.deferred.findIndex(
      (other) => other.from === from && 'id' in other.message && other.message.id === id,
    );
    if (index >= 0) file.deferred.splice(index, 1);
    else if (file.arbiter.cancel(from, id) === undefined) return;
    this.#deny(file, from, id, 'EINTR');
    this.#grantWaiting(file);
  }

  #takeBack(
    file: CoordinatedFile,
    from: number,
    { position, more, locks }: FileMessage & { kind: 'returned' },
  ): void {
    if (file.delegate !== from) return;
    this.#positions.reached(from, position);
    this.#addLocks(file, from, locks);
    if (more) return;
    file.delegate = null;
    file.recalled = false;
    this.#delegations.add(from, -1);
    for (const deferred of file.deferred.splice(0)) this.#handle(deferred.from, deferred.message);
  }

  /** Without asking whether they can be: they are held, whatever is said here. */
  #addLocks(file: CoordinatedFile, from: number, locks: readonly WireLock[]): void {
    for (const lock of locks) {
      if (this.#locks.of(from) >= maximumLocksPerPeer) return;
      const held = { ...lock, owner: ownerOf(from, lock.owner) };
      for (const other of contendersOf(file.arbiter.locks, held)) {
        tellContested(file, from, other, (to, told) => this.#environment.send(to, told));
      }
      file.arbiter.locks.add(held);
    }
  }

  /** A file that nobody here has heard of yet may well be held by who knows it. */
  #mayHold(device: number, inode: number): boolean {
    return this.#environment.mayLock(device, inode) ?? true;
  }

  #grantWaiting(file: CoordinatedFile): void {
    for (const request of file.arbiter.grantWaiting(this.#environment.monotonicMs())) {
      this.#grant(file, request, false);
    }
  }

  #grant(file: CoordinatedFile, request: LockRequest, isAlone: boolean): void {
    const { device } = request.owner;
    const delegated = isAlone && this.#delegations.of(device) < maximumDelegationsPerPeer;
    if (delegated) this.#delegate(file, device);
    const positions: LogPositions = this.#positions.newFor(device);
    const { inode } = file;
    this.#environment.send(device, {
      kind: 'granted',
      inode,
      id: request.id,
      delegated,
      positions,
    });
  }

  #delegate(file: CoordinatedFile, device: number): void {
    file.delegate = device;
    file.recalled = false;
    this.#delegations.add(device, 1);
    const { locks } = file.arbiter;
    for (const { kind, owner, start, end } of [...locks.of(device)]) {
      locks.tables[kind].clear(owner.key, start, end);
    }
  }

  #recall(file: CoordinatedFile): void {
    if (file.delegate === null || file.recalled) return;
    file.recalled = true;
    this.#environment.send(file.delegate, { kind: 'recall', inode: file.inode });
  }

  #deny({ inode }: CoordinatedFile, to: number, id: number, failure: DenialCode): void {
    this.#environment.send(to, { kind: 'denied', inode, id, failure });
  }

  #fileOf(inode: number): CoordinatedFile {
    const known = this.#files.get(inode);
    if (known !== undefined) return known;
    const file = new CoordinatedFile(inode, (device, ranges) => this.#locks.add(device, ranges));
    this.#files.set(inode, file);
    return file;
  }
}

function requestOf(
  from: number,
  { id, lock, waits, waitedMs }: HolderMessage & { kind: 'acquire' },
  nowMs: number,
): LockRequest {
  const { kind, type, start, end } = lock;
  const owner = ownerOf(from, lock.owner);
  return { id, kind, owner, type, start, end, waits, sinceMs: nowMs - waitedMs };
}

/** Owners of different peers are different, whatever they call them. */
function keyOf(device: number, owner: string): string {
  return `${device}:${owner}`;
}

function ownerOf(device: number, owner: string): LockOwner {
  return { key: keyOf(device, owner), device, pid: 0, handle: 0 };
}

/** As its peer calls it. */
function ownKey({ key }: LockOwner): string {
  return key.slice(key.indexOf(':') + 1);
}
