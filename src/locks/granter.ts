import type { LockRequest } from './arbiter.ts';
import { contendersOf, tellContested, tellSettled } from './contested.ts';
import { CoordinatedFile } from './coordinated-file.ts';
import type { CoordinatorEnvironment } from './coordinator-environment.ts';
import { maximumDelegationsPerPeer, maximumLocksPerPeer, maximumWaitingPerPeer } from './limits.ts';
import type { LockOwner } from './lock-table.ts';
import type { DenialCode, FileMessage, HolderMessage, LogPositions, WireLock } from './messages.ts';
import { PositionLedger } from './position-ledger.ts';
import { Tally } from './tally.ts';

/**
 * Decides about the files of a coordinator, once it knows what everybody holds: grants, refuses and lets wait. A file that one peer uses
 * alone is delegated to it, and recalled when others want it, too.
 */
export class Granter {
  readonly #environment: CoordinatorEnvironment;
  readonly #files = new Map<number, CoordinatedFile>();
  readonly #locks = new Tally();
  readonly #delegations = new Tally();
  readonly #positions = new PositionLedger();

  constructor(environment: CoordinatorEnvironment) {
    this.#environment = environment;
  }

  /** Files of which somebody holds locks, or which are delegated. */
  get files(): ReadonlyMap<number, CoordinatedFile> {
    return this.#files;
  }

  clear(): void {
    this.#files.clear();
    this.#locks.clear();
    this.#delegations.clear();
    this.#positions.clear();
  }

  /** Whoever gets a lock from now on must have the log of this device up to here. */
  reached(device: number, position: number): void {
    this.#positions.reached(device, position);
  }

  /** It held these before. */
  addHeld(from: number, inode: number, locks: readonly WireLock[]): void {
    const file = this.#fileOf(inode);
    this.#addLocks(file, from, locks);
    // Told late: somebody may already believe to be alone with the file.
    this.#recall(file);
  }

  /** Time has passed. */
  look(nowMs: number): void {
    for (const file of this.#files.values()) {
      if (file.arbiter.waiting.length > 0) this.#grantWaiting(file);
      else if (file.isForgettable(nowMs)) this.#files.delete(file.inode);
    }
  }

  /** What a peer wants of a file, or lets go. */
  handle(from: number, message: FileMessage): void {
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
    for (const deferred of file.deferred.splice(0)) this.handle(deferred.from, deferred.message);
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
