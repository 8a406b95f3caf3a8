import { kindFlock, kindPosix } from '../../locks/file-locks.ts';
import type { LockConflict } from '../../locks/held-file.ts';
import type { LockWish } from '../../locks/holder.ts';
import { lockRead, lockWrite } from '../../locks/lock-table.ts';
import { highHalf, lastPosition, lowHalf, positionOf } from '../../locks/position.ts';
import type { FileHandle } from '../../vfs/file-system.ts';
import { posixErrors } from '../../vfs/posix-error.ts';
import { flushIn, lockIn, lockOut } from '../kernel/abi.ts';
import { lockFlags } from '../kernel/flags.ts';
import type { Request } from '../kernel/request.ts';
import type { Bridge } from './bridge.ts';
import { nothing } from './bridge.ts';

// GETLK, SETLK and SETLKW. Locks of open file descriptions come as those of processes do: their owner is the description.

/** As fcntl(2) numbers them on Linux. */
const types = { read: 0, write: 1, unlock: 2 } as const;

export function getlk(bridge: Bridge): void {
  const { request, fileSystem, session } = bridge;
  const { unique, opcode } = request;
  const { inode } = bridge.files.get(request.u64(lockIn.handle));
  const end = waiting(bridge, unique);
  const id = fileSystem.locks.test(inode, wishOf(request, false), (failure, conflict) => {
    if (!end()) return;
    if (failure === null) session.send(unique, putConflict(bridge, conflict));
    else bridge.fail(unique, opcode, posixErrors[failure]);
  });
  end.begin(() => fileSystem.locks.cancel(id));
}

export function setlk(bridge: Bridge): void {
  setLock(bridge, false);
}

export function setlkw(bridge: Bridge): void {
  setLock(bridge, true);
}

function setLock(bridge: Bridge, waits: boolean): void {
  const { request, fileSystem, session } = bridge;
  const { unique, opcode } = request;
  const { inode } = bridge.files.get(request.u64(lockIn.handle));
  const wish = wishOf(request, waits);
  if (request.u32(lockIn.type) === types.unlock) {
    fileSystem.locks.release(inode, wish.kind, wish.owner.key, wish.start, wish.end);
    return session.send(unique, nothing());
  }
  const end = waiting(bridge, unique);
  const id = fileSystem.locks.acquire(inode, wish, (failure) => {
    if (!end()) return;
    if (failure === null) session.send(unique, nothing());
    else bridge.fail(unique, opcode, posixErrors[failure]);
  });
  return end.begin(() => fileSystem.locks.cancel(id));
}

/** A descriptor is closed, and with it go the locks of its process. */
export function unlockOwner({ request, fileSystem }: Bridge, { inode }: FileHandle): void {
  if (!fileSystem.locks.hasLocks(inode)) return;
  fileSystem.locks.releaseOwner(inode, ownerKey(request, flushIn.lockOwner));
}

interface Waiting {
  /** It ends: false when it had ended before. */
  (): boolean;
  /** It did not end at once, so that it may be interrupted. */
  begin(interrupt: () => void): void;
}

/** The answer of a request that usually comes at once, and that otherwise an INTERRUPT ends. */
function waiting({ pending }: Bridge, unique: number): Waiting {
  let isOver = false;
  const end = (): boolean => {
    if (isOver) return false;
    isOver = true;
    pending.remove(unique);
    return true;
  };
  end.begin = (interrupt: () => void): void => {
    if (!isOver) pending.add(unique, interrupt);
  };
  return end;
}

function wishOf(request: Request, waits: boolean): LockWish {
  const isFlock = (request.u32(lockIn.lockFlags) & lockFlags.flock) !== 0;
  const owner = {
    key: ownerKey(request, lockIn.owner),
    pid: request.u32(lockIn.pid),
    handle: request.u64(lockIn.handle),
  };
  return {
    kind: isFlock ? kindFlock : kindPosix,
    owner,
    type: request.u32(lockIn.type) === types.write ? lockWrite : lockRead,
    start: isFlock ? 0 : positionOf(request.high32(lockIn.start), request.low32(lockIn.start)),
    end: isFlock ? lastPosition : positionOf(request.high32(lockIn.end), request.low32(lockIn.end)),
    waits,
  };
}

/** 64 bits that mean something to the kernel alone. */
function ownerKey(request: Request, offset: number): string {
  return `${request.high32(offset).toString(36)}.${request.low32(offset).toString(36)}`;
}

function putConflict({ reply }: Bridge, conflict: LockConflict | null): number {
  reply.clear(0, lockOut.bytes);
  if (conflict === null) {
    reply.u32(lockOut.type, types.unlock);
    return lockOut.bytes;
  }
  const { lock, pid } = conflict;
  reply.halves(lockOut.start, highHalf(lock.start), lowHalf(lock.start));
  reply.halves(lockOut.end, highHalf(lock.end), lowHalf(lock.end));
  reply.u32(lockOut.type, lock.type === lockWrite ? types.write : types.read);
  reply.u32(lockOut.pid, pid);
  return lockOut.bytes;
}
