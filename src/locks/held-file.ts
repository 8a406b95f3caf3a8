import { Arbiter, type LockRequest } from './arbiter.ts';
import { FileLocks, type LockKind } from './file-locks.ts';
import type { WireLock } from './messages.ts';
import type { Position } from './position.ts';

/** Why a lock was not had. */
export type LockFailure = 'EAGAIN' | 'EDEADLK' | 'EINTR' | 'EIO' | 'ENOLCK' | 'EACCES';

/** What is in the way of a lock. */
export interface LockConflict {
  readonly lock: Pick<WireLock, 'type' | 'start' | 'end'>;
  /** The process that holds it; 0 when it is on another machine. */
  readonly pid: number;
}

/** What somebody waits for. */
export interface Wish {
  readonly inode: number;
  readonly request: LockRequest;
  /** `test`: he only asks what would be in the way. */
  readonly purpose: 'acquire' | 'test';
  /** Called once. */
  readonly settle: (failure: LockFailure | null, conflict: LockConflict | null) => void;
  /** `queued`: not sent. `reaching`: granted, but what was written before it was his is not here yet. */
  stage: 'queued' | 'sent' | 'judged' | 'reaching' | 'settled';
  sentAtMs: number;
  /** The coordinator has taken note of it. */
  noted: boolean;
  /** When he gave it up; null while he waits. */
  cancelledAtMs: number | null;
  /**
   * The same owner let go of some of the bytes meanwhile: whether before or after he got them, the coordinator
   * alone knows.
   */
  overtaken: boolean;
  /** What he held of the bytes before; what he keeps when he gives up at the last moment. */
  heldBefore: boolean;
}

/** Bytes to be let go, once what was written to them can be had by others. */
export interface Release {
  readonly kind: LockKind;
  readonly owner: string;
  readonly start: Position;
  readonly end: Position;
}

/** What is to be told to the coordinator, in order. */
export type Step = { readonly wish: Wish } | { readonly release: Release };

/** A file of which processes of this machine hold locks, want some, or may take some without asking. */
export class HeldFile {
  readonly inode: number;
  /** What is held here; as its judge, also who waits. */
  readonly arbiter: Arbiter;
  /** Nobody else uses the file: it is judged here. */
  delegated = false;
  /** The coordinator wants it back: nothing new is judged. */
  returning = false;
  /** Nobody else can have changed it since it was last looked at. */
  current = false;
  /** Something was let go here of which others do not know, nor what was written under it. */
  dirty = false;
  /** Of the coordinator's view: what was not sent yet. The first step may be under way. */
  steps: Step[] = [];
  publishing = false;
  readonly sent = new Map<number, Wish>();
  usedAtMs = 0;

  constructor(inode: number, changed: (device: number, ranges: number) => void) {
    this.inode = inode;
    this.arbiter = new Arbiter(new FileLocks(changed));
  }

  get isEmpty(): boolean {
    if (this.arbiter.locks.count > 0 || this.arbiter.waiting.length > 0) return false;
    return this.steps.length === 0 && this.sent.size === 0 && !this.publishing;
  }

  /** Whether the owner has let go of these bytes, although nobody was told so yet. */
  isLetGo(owner: string, start: Position, end: Position): boolean {
    return this.steps.some(
      (step) =>
        'release' in step &&
        step.release.owner === owner &&
        step.release.start <= start &&
        step.release.end >= end,
    );
  }
}
