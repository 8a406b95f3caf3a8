import type { LockRequest } from './arbiter.ts';
import { wireLockOf } from './assertions.ts';
import { complete, settle } from './completing.ts';
import { kindFlock } from './file-locks.ts';
import type { HeldFile, Release, Wish } from './held-file.ts';
import { holdsOf, isDowngrade, whenDone, type HolderState } from './holder-state.ts';
import { becomeJudge } from './judging.ts';
import { answerPatienceMs, cancelPatienceMs } from './limits.ts';
import { lockWrite } from './lock-table.ts';
import type { CoordinatorMessage } from './messages.ts';

// What a holder asks the coordinator of a file, and what that answers.

type Answer<Kind extends CoordinatorMessage['kind']> = CoordinatorMessage & { kind: Kind };

/** Sends what can be sent, in order. */
export function proceed(state: HolderState, file: HeldFile): void {
  while (!file.publishing && !file.delegated) {
    const [step] = file.steps;
    if (step === undefined) break;
    const isTold = 'wish' in step && !isDowngrade(file, step.wish.request);
    const published = isTold ? undefined : state.environment.publish(file.inode);
    if (published !== undefined) return proceedAfter(state, file, published);
    file.steps.shift();
    if ('wish' in step) ask(state, file, step.wish);
    else tellRelease(state, file, step.release);
  }
  state.forgetIfDone(file);
}

function proceedAfter(state: HolderState, file: HeldFile, published: Promise<void>): void {
  file.publishing = true;
  const done = (): void => {
    file.publishing = false;
    proceed(state, file);
  };
  void whenDone(published, done);
}

function ask(state: HolderState, file: HeldFile, wish: Wish): void {
  const { request, purpose } = wish;
  const { id, waits, sinceMs } = request;
  const { inode } = file;
  const lock = wireLockOf(request);
  wish.stage = 'sent';
  wish.noted = false;
  wish.sentAtMs = state.environment.monotonicMs();
  file.sent.set(id, wish);
  if (purpose === 'test') return state.send(file, { kind: 'test', inode, id, lock });
  wish.heldBefore = holdsOf(file, request);
  const position = isDowngrade(file, request) ? state.environment.position() : 0;
  dropForConversion(file, request);
  const waitedMs = Math.max(0, Math.round(wish.sentAtMs - sinceMs));
  return state.send(file, { kind: 'acquire', inode, id, lock, waits, waitedMs, position });
}

/** As the coordinator does, whatever comes of it. */
function dropForConversion(file: HeldFile, { kind, owner, type, start, end }: LockRequest): void {
  const table = file.arbiter.locks.tables[kind];
  const held = table.of(owner.key)?.ranges[0];
  if (kind === kindFlock && held !== undefined && held.type !== type) {
    table.clear(owner.key, start, end);
  }
}

function tellRelease(state: HolderState, file: HeldFile, release: Release): void {
  const { kind, owner, start, end } = release;
  file.arbiter.locks.tables[kind].clear(owner, start, end);
  if (file.arbiter.locks.count === 0) state.contested.delete(file.inode);
  const lock = { kind, owner, type: lockWrite, start, end } as const;
  const position = state.environment.position();
  state.send(file, { kind: 'release', inode: file.inode, lock, position });
}

export function granted(
  state: HolderState,
  file: HeldFile | undefined,
  { id, delegated, positions }: Answer<'granted'>,
): void {
  for (const [device, sequence] of positions) {
    state.required.set(device, Math.max(state.required.get(device) ?? 0, sequence));
  }
  const wish = file?.sent.get(id);
  // Somebody gave up waiting for an answer: the coordinator believes that he has the lock.
  if (file === undefined || wish === undefined) return state.environment.beginAnew();
  file.sent.delete(id);
  if (!wish.overtaken) file.arbiter.locks.add(wish.request);
  if (delegated) return becomeJudge(state, file, wish);
  if (!wish.overtaken) return complete(state, file, wish);
  // Once that was told he has it still, or waits for it again.
  wish.overtaken = false;
  return state.again(wish);
}

export function denied(
  state: HolderState,
  file: HeldFile | undefined,
  { id, failure }: Answer<'denied'>,
): void {
  const wish = file?.sent.get(id);
  if (file === undefined || wish === undefined) return;
  file.sent.delete(id);
  settle(state, wish, failure);
  state.forgetIfDone(file);
}

export function noted(file: HeldFile | undefined, id: number): void {
  const wish = file?.sent.get(id);
  if (wish !== undefined) wish.noted = true;
}

export function tested(
  state: HolderState,
  file: HeldFile | undefined,
  { id, conflict }: Answer<'tested'>,
): void {
  const wish = file?.sent.get(id);
  if (file === undefined || wish === undefined) return;
  file.sent.delete(id);
  const table = file.arbiter.locks.tables[wish.request.kind];
  const isHere = conflict?.device === state.environment.self;
  const pid = (isHere ? table.of(conflict.owner)?.owner.pid : undefined) ?? 0;
  settle(state, wish, null, conflict && { lock: conflict, pid });
  state.forgetIfDone(file);
}

/** A coordinator that does not answer holds up nobody for good. */
export function giveUpUnanswered(state: HolderState, wish: Wish, nowMs: number): void {
  if (wish.stage !== 'sent') return;
  const { cancelledAtMs, noted: isNoted, sentAtMs } = wish;
  const isCancelled = cancelledAtMs !== null && nowMs - cancelledAtMs >= cancelPatienceMs;
  if (!isCancelled && (isNoted || nowMs - sentAtMs < answerPatienceMs)) return;
  const file = state.fileOf(wish.inode);
  file.sent.delete(wish.request.id);
  settle(state, wish, isCancelled ? 'EINTR' : 'ENOLCK');
}
