import { returnedParts } from './assertions.ts';
import { proceed } from './asking.ts';
import { settle } from './completing.ts';
import { kindFlock, kindPosix } from './file-locks.ts';
import type { HeldFile, Wish } from './held-file.ts';
import { whenDone, type HolderState } from './holder-state.ts';
import { lockWrite } from './lock-table.ts';
import { lastPosition } from './position.ts';

// How a file that was judged here becomes one of which the coordinator is asked.

/** Stands for bytes that were let go by processes whose writes nobody else can have yet. */
const fence = { key: '~', pid: 0, handle: 0 };

/** Once others can see what was written here. Nothing more is judged meanwhile, so that this comes to an end. */
export function giveBack(state: HolderState, file: HeldFile): void {
  file.returning = true;
  const published = file.dirty ? state.environment.publish(file.inode) : undefined;
  file.dirty = false;
  if (published === undefined) return tellReturned(state, file);
  const done = (): void => {
    if (!file.delegated || !file.returning) return;
    if (file.dirty) giveBack(state, file);
    else tellReturned(state, file);
  };
  void whenDone(published, done);
  return undefined;
}

function tellReturned(state: HolderState, file: HeldFile): void {
  const position = state.environment.position();
  for (const part of returnedParts(file)) state.send(file, { ...part, position });
  file.delegated = false;
  file.returning = false;
  file.steps.unshift(...takeUnjudged(state, file));
  proceed(state, file);
}

/** Another view begins: to what it was before anybody was asked. */
export function comeBack(state: HolderState, file: HeldFile): void {
  const asked = [...file.sent.values()].sort((a, b) => a.request.id - b.request.id);
  file.sent.clear();
  for (const wish of asked) if (wish.cancelledAtMs !== null) settle(state, wish, 'EINTR');
  const again = asked.filter((wish) => wish.cancelledAtMs === null).map((wish) => ({ wish }));
  for (const { wish } of again) wish.stage = 'queued';
  file.steps.unshift(...again, ...takeUnjudged(state, file));
  if (file.delegated && (file.dirty || file.returning)) raiseFence(state, file);
  file.delegated = false;
  file.returning = false;
  file.current = false;
  file.dirty = false;
}

/** Those who wait for a lock of a file that is not judged here any more. */
function takeUnjudged(state: HolderState, file: HeldFile): { readonly wish: Wish }[] {
  return file.arbiter.takeWaiting().flatMap(({ id }) => {
    const wish = state.wishes.get(id);
    if (wish !== undefined) wish.stage = 'queued';
    return wish === undefined ? [] : { wish };
  });
}

/** What was let go here stays held until others can see what was written under it. */
function raiseFence(state: HolderState, file: HeldFile): void {
  const owner = { ...fence, device: state.environment.self };
  const whole = { start: 0, end: lastPosition };
  for (const kind of [kindPosix, kindFlock] as const) {
    file.arbiter.locks.add({ kind, owner, type: lockWrite, ...whole });
    file.steps.unshift({ release: { kind, owner: owner.key, ...whole } });
  }
}
