import type { LockKind } from './file-locks.ts';
import type { LockType } from './lock-table.ts';
import type { Position } from './position.ts';

// What those who hold locks and those who coordinate them say to each other. Between two peers everything arrives once and in order as
// long as nobody's links change; when they do, all begin anew by saying what they hold. Owners are those of the sender.

export interface WireLock {
  readonly kind: LockKind;
  readonly owner: string;
  readonly type: LockType;
  readonly start: Position;
  readonly end: Position;
}

/** How far a peer's log is that holds what was written under a lock that was let go: batches of its log, by device. */
export type LogPositions = readonly (readonly [device: number, sequence: number])[];

/** From a holder to the coordinator of the file. */
export type HolderMessage =
  /** First in every view, to every member: all that is held here of files that the receiver coordinates, perhaps in parts. */
  | {
      readonly kind: 'assert';
      readonly position: number;
      readonly more: boolean;
      readonly files: readonly AssertedFile[];
    }
  | {
      readonly kind: 'acquire';
      readonly inode: number;
      readonly id: number;
      readonly lock: WireLock;
      readonly waits: boolean;
      readonly waitedMs: number;
      /** As in `release`, when a lock to write is exchanged for one to read; otherwise 0. */
      readonly position: number;
    }
  /** Whoever waits for it no longer does; answered, unless the answer is on its way. */
  | { readonly kind: 'cancel'; readonly inode: number; readonly id: number }
  | {
      readonly kind: 'release';
      readonly inode: number;
      readonly lock: WireLock;
      readonly position: number;
    }
  /** What would be in the way of this lock? */
  | {
      readonly kind: 'test';
      readonly inode: number;
      readonly id: number;
      readonly lock: WireLock;
    }
  /** The file is no longer this peer's alone: what it holds of it, perhaps in parts. */
  | {
      readonly kind: 'returned';
      readonly inode: number;
      readonly position: number;
      readonly more: boolean;
      readonly locks: readonly WireLock[];
    };

/** What is about one file. */
export type FileMessage = Exclude<HolderMessage, { kind: 'assert' }>;

export interface AssertedFile {
  readonly inode: number;
  readonly locks: readonly WireLock[];
}

/** From the coordinator of a file. */
export type CoordinatorMessage =
  /** With `delegated`, the receiver judges all further wishes for the file by itself, until it is recalled. */
  | {
      readonly kind: 'granted';
      readonly inode: number;
      readonly id: number;
      readonly delegated: boolean;
      /** What has to be here before the lock is of any use: only what was not told before. */
      readonly positions: LogPositions;
    }
  | {
      readonly kind: 'denied';
      readonly inode: number;
      readonly id: number;
      readonly failure: DenialCode;
    }
  /** The wish waits. */
  | { readonly kind: 'noted'; readonly inode: number; readonly id: number }
  | {
      readonly kind: 'tested';
      readonly inode: number;
      readonly id: number;
      readonly conflict: (WireLock & { readonly device: number }) | null;
    }
  | { readonly kind: 'recall'; readonly inode: number }
  /** A lock of the file is held by the receiver and, against it, by this device: both took it while they were apart. 0: not any more. */
  | { readonly kind: 'contested'; readonly inode: number; readonly device: number };

export type LockMessage = HolderMessage | CoordinatorMessage;

export const denialCodes = ['EAGAIN', 'EINTR', 'ENOLCK', 'EACCES'] as const;
export type DenialCode = (typeof denialCodes)[number];

export function isFromCoordinator(message: LockMessage): message is CoordinatorMessage {
  return coordinatorKinds.has(message.kind);
}

const coordinatorKinds: ReadonlySet<string> = new Set<CoordinatorMessage['kind']>([
  ...(['granted', 'denied', 'noted', 'tested', 'recall', 'contested'] as const),
]);
