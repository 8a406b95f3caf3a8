import type { HeldFile, LockConflict, LockFailure, Wish } from './held-file.ts';
import type { HolderState } from './holder-state.ts';

// How a wish ends.

export function settle(
  state: HolderState,
  wish: Wish,
  failure: LockFailure | null,
  conflict: LockConflict | null = null,
): void {
  wish.stage = 'settled';
  state.wishes.delete(wish.request.id);
  wish.settle(failure, conflict);
}

/** The lock is his. He hears of it once he sees what was written before. */
export function complete(state: HolderState, file: HeldFile, wish: Wish): void {
  if (file.delegated && file.current) return settle(state, wish, null);
  const reached = state.environment.reach(file.inode, state.required);
  if (reached === undefined) {
    file.current = file.delegated;
    return settle(state, wish, null);
  }
  wish.stage = 'reaching';
  reached.then(
    () => whenReached(state, wish),
    () => giveUpGranted(state, wish, 'EIO'),
  );
  return undefined;
}

function whenReached(state: HolderState, wish: Wish): void {
  if (wish.stage !== 'reaching') return;
  if (!wish.overtaken) return settle(state, wish, null);
  wish.overtaken = false;
  return state.again(wish);
}

/** Who held something of these bytes before keeps what he has now: it holds back more than he believes, but never less. */
export function giveUpGranted(state: HolderState, wish: Wish, failure: LockFailure): void {
  if (wish.stage !== 'reaching') return;
  settle(state, wish, failure);
  const { kind, owner, start, end } = wish.request;
  if (!wish.heldBefore) state.release(wish.inode, kind, owner.key, start, end);
}
