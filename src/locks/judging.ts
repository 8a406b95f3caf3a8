import type { LockRequest } from './arbiter.ts';
import { complete, settle } from './completing.ts';
import type { HeldFile, LockConflict, Release, Step, Wish } from './held-file.ts';
import { holdsOf, isDowngrade, type HolderState } from './holder-state.ts';

// What a holder decides by itself: the locks of files that nobody else uses.

export function judge(state: HolderState, file: HeldFile, wish: Wish): void {
  wish.stage = 'judged';
  if (wish.purpose === 'test') return settle(state, wish, null, conflictHere(file, wish));
  wish.heldBefore = holdsOf(file, wish.request);
  if (isDowngrade(file, wish.request)) file.dirty = true;
  const judgement = file.arbiter.request(wish.request, state.environment.monotonicMs());
  if (judgement === 'granted') complete(state, file, wish);
  if (judgement === 'refused') settle(state, wish, 'EAGAIN');
  // A lock that was exchanged for a weaker one.
  return grantWaiting(state, file);
}

export function grantWaiting(state: HolderState, file: HeldFile): void {
  completeAll(state, file, file.arbiter.grantWaiting(state.environment.monotonicMs()));
}

export function letGo(state: HolderState, file: HeldFile, release: Release): void {
  const { kind, owner, start, end } = release;
  const { arbiter } = file;
  if (!arbiter.locks.tables[kind].overlaps(owner, start, end)) return;
  const nowMs = state.environment.monotonicMs();
  const granted = arbiter.release(kind, owner, start, end, nowMs);
  file.dirty = true;
  if (arbiter.locks.count === 0) state.contested.delete(file.inode);
  completeAll(state, file, granted);
}

/** Nobody else uses the file. What was on its way or about to be sent is judged here: the coordinator passes over it. */
export function becomeJudge(state: HolderState, file: HeldFile, granted: Wish): void {
  file.delegated = true;
  file.returning = false;
  file.current = false;
  file.dirty = false;
  const steps: Step[] = [...[...file.sent.values()].map((wish) => ({ wish })), ...file.steps];
  if (granted.overtaken) steps.push({ wish: granted });
  else complete(state, file, granted);
  granted.overtaken = false;
  file.sent.clear();
  file.steps = [];
  for (const step of steps) {
    if ('release' in step) letGo(state, file, step.release);
    else if (step.wish.cancelledAtMs !== null) settle(state, step.wish, 'EINTR');
    else judge(state, file, step.wish);
  }
}

function completeAll(state: HolderState, file: HeldFile, granted: readonly LockRequest[]): void {
  for (const { id } of granted) {
    const wish = state.wishes.get(id);
    if (wish !== undefined) complete(state, file, wish);
  }
}

function conflictHere(file: HeldFile, { request }: Wish): LockConflict | null {
  const { kind, owner, type, start, end } = request;
  const found = file.arbiter.locks.tables[kind].conflict(owner.key, type, start, end);
  return found === undefined ? null : { lock: found, pid: found.owner.pid };
}
