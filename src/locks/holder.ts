import type { LockRequest } from './arbiter.ts';
import { denied, giveUpUnanswered, granted, noted, proceed, tested } from './asking.ts';
import { assertions } from './assertions.ts';
import { giveUpGranted, settle } from './completing.ts';
import { wouldDeadlock } from './deadlock.ts';
import { kindFlock, kindPosix, type LockKind } from './file-locks.ts';
import { comeBack, giveBack } from './giving-back.ts';
import type { HeldFile, Release, Wish } from './held-file.ts';
import { HolderState, type HolderEnvironment } from './holder-state.ts';
import { grantWaiting, judge, letGo } from './judging.ts';
import type { LockOwner } from './lock-table.ts';
import { disuseMs, maximumLocksPerPeer } from './limits.ts';
import type { CoordinatorMessage } from './messages.ts';
import { lastPosition, type Position } from './position.ts';

export type Settle = Wish['settle'];

/** What a process asks for, without what only a judge knows. */
export interface LockWish extends Omit<LockRequest, 'id' | 'sinceMs' | 'owner'> {
  readonly owner: Omit<LockOwner, 'device'>;
}

/** The locks of this machine's processes. A file that no other peer uses is judged here; of others, the coordinator is asked. */
export class Holder {
  readonly #state: HolderState;
  #nextId = 1;

  constructor(environment: HolderEnvironment) {
    this.#state = new HolderState(
      environment,
      (...release) => this.release(...release),
      (wish) => this.#ask(wish),
    );
  }

  get files(): ReadonlyMap<number, HeldFile> {
    return this.#state.files;
  }

  /** Ranges of bytes that are held here. */
  get held(): number {
    return this.#state.held;
  }

  /** Wishes that are not settled. */
  get waiting(): number {
    return this.#state.wishes.size;
  }

  /** Files of which another peer holds locks against those that are held here, with its device. */
  get contested(): ReadonlyMap<number, number> {
    return this.#state.contested;
  }

  /** Asks for a lock; `told` may be called before this returns. The number is for `cancel`. */
  acquire(inode: number, wish: LockWish, told: Settle): number {
    return this.#submit(inode, wish, 'acquire', told);
  }

  /** Asks what would be in the way of a lock. */
  test(inode: number, wish: LockWish, told: Settle): number {
    return this.#submit(inode, wish, 'test', told);
  }

  /** Nobody waits for it any more: it is settled with EINTR unless it was granted a moment ago. */
  cancel(id: number): void {
    const wish = this.#state.wishes.get(id);
    if (wish === undefined || wish.cancelledAtMs !== null) return;
    const file = this.#state.fileOf(wish.inode);
    wish.cancelledAtMs = this.#state.environment.monotonicMs();
    if (wish.stage === 'reaching') return giveUpGranted(this.#state, wish, 'EINTR');
    if (wish.stage === 'sent') {
      return this.#state.send(file, { kind: 'cancel', inode: file.inode, id });
    }
    file.steps = file.steps.filter((step) => !('wish' in step && step.wish === wish));
    file.arbiter.cancel(this.#state.environment.self, id);
    settle(this.#state, wish, 'EINTR');
    grantWaiting(this.#state, file);
  }

  /** Never fails. Others may have the lock once they can see what was written under it. */
  release(inode: number, kind: LockKind, owner: string, start: Position, end: Position): void {
    const file = this.#state.files.get(inode);
    if (file === undefined) return;
    file.usedAtMs = this.#state.environment.monotonicMs();
    const release = { kind, owner, start, end };
    for (const wish of this.#state.wishes.values()) {
      if (wish.inode === inode && isUndecided(wish)) {
        wish.overtaken ||= isTouchedBy(wish.request, release);
      }
    }
    if (file.delegated) return letGo(this.#state, file, release);
    if (!mayHold(file, release)) return;
    file.steps.push({ release });
    proceed(this.#state, file);
  }

  /** All that was taken through an open file that is closed now: locks of flock(2) and of open file descriptions. */
  releaseHandle(inode: number, handle: number): void {
    const file = this.#state.files.get(inode);
    if (file === undefined) return;
    for (const kind of [kindPosix, kindFlock] as const) {
      for (const { owner } of [...file.arbiter.locks.tables[kind].owners()]) {
        if (owner.handle === handle) this.release(inode, kind, owner.key, 0, lastPosition);
      }
    }
  }

  /** Of all owners and files. */
  releaseAll(): void {
    for (const file of [...this.#state.files.values()]) {
      for (const { kind, owner } of [...file.arbiter.locks.all()]) {
        this.release(file.inode, kind, owner.key, 0, lastPosition);
      }
    }
  }

  /** What is held here is told anew, and what is wished asked anew. */
  view(members: readonly number[]): void {
    const { files, environment, required } = this.#state;
    this.#state.contested.clear();
    // What somebody wrote who is gone, and nobody has: whoever has it tells anew.
    for (const device of required.keys()) if (!members.includes(device)) required.delete(device);
    for (const file of files.values()) comeBack(this.#state, file);
    const position = environment.position();
    const coordinatorOf = (inode: number): number => environment.coordinatorOf(inode);
    const told = [...assertions(members, files.values(), coordinatorOf)];
    for (const [to, message] of told) environment.send(to, { ...message, position });
    for (const file of [...files.values()]) proceed(this.#state, file);
  }

  take(message: CoordinatorMessage): void {
    const file = this.#state.files.get(message.inode);
    switch (message.kind) {
      case 'granted':
        return granted(this.#state, file, message);
      case 'denied':
        return denied(this.#state, file, message);
      case 'noted':
        return noted(file, message.id);
      case 'tested':
        return tested(this.#state, file, message);
      case 'recall':
        return file?.delegated && !file.returning ? giveBack(this.#state, file) : undefined;
      case 'contested':
        return file && this.#noteContested(file, message.device);
    }
  }

  #noteContested({ inode }: HeldFile, device: number): void {
    if (device === 0) this.#state.contested.delete(inode);
    else this.#state.contested.set(inode, device);
  }

  /** Time has passed. */
  look(): void {
    const nowMs = this.#state.environment.monotonicMs();
    for (const wish of [...this.#state.wishes.values()]) {
      giveUpUnanswered(this.#state, wish, nowMs);
    }
    for (const file of [...this.#state.files.values()]) {
      if (file.delegated) grantWaiting(this.#state, file);
      if (!file.isEmpty) continue;
      const isUnused = nowMs - file.usedAtMs >= disuseMs;
      if (file.delegated && !file.returning && isUnused) giveBack(this.#state, file);
      this.#state.forgetIfDone(file);
    }
  }

  #submit(inode: number, wish: LockWish, purpose: Wish['purpose'], told: Settle): number {
    const id = this.#nextId++;
    const nowMs = this.#state.environment.monotonicMs();
    const owner = { ...wish.owner, device: this.#state.environment.self };
    const request = { ...wish, owner, id, sinceMs: nowMs };
    const made: Wish = {
      ...{ inode, request, purpose, settle: told, stage: 'queued' },
      ...{ sentAtMs: 0, noted: false, cancelledAtMs: null, heldBefore: false, overtaken: false },
    };
    if (purpose === 'acquire' && this.#refuse(made)) return id;
    this.#state.wishes.set(id, made);
    this.#ask(made);
    return id;
  }

  #ask(wish: Wish): void {
    const file = this.#state.fileOf(wish.inode);
    file.usedAtMs = this.#state.environment.monotonicMs();
    if (file.delegated && !file.returning) return judge(this.#state, file, wish);
    wish.stage = 'queued';
    file.steps.push({ wish });
    return proceed(this.#state, file);
  }

  #refuse(wish: Wish): boolean {
    const { request } = wish;
    const { held, wishes, files } = this.#state;
    const isTooMuch = held >= maximumLocksPerPeer;
    const waits = request.waits && request.kind === kindPosix && wishes.size + held > 0;
    if (isTooMuch) wish.settle('ENOLCK', null);
    else if (waits && wouldDeadlock(wish, wishes.values(), (inode) => files.get(inode))) {
      wish.settle('EDEADLK', null);
    } else return false;
    return true;
  }
}

/** Whether the owner has anything, or is about to have it. */
function mayHold(file: HeldFile, { kind, owner }: Release): boolean {
  if (file.arbiter.locks.tables[kind].of(owner) !== undefined) return true;
  const queued = file.steps.flatMap((step) => ('wish' in step ? step.wish : []));
  return [...file.sent.values(), ...queued].some(
    ({ request }) => request.owner.key === owner && request.kind === kind,
  );
}

/** Whether it may have been granted already although whoever asked has not heard so. */
function isUndecided({ stage }: Wish): boolean {
  return stage === 'sent' || stage === 'queued' || stage === 'reaching';
}

function isTouchedBy(request: LockRequest, { kind, owner, start, end }: Release): boolean {
  const isSame = request.kind === kind && request.owner.key === owner;
  return isSame && request.start <= end && start <= request.end;
}
