import type { OpenContent } from '../content/content-store.ts';
import { defaultBlockSize, type Version } from '../content/version.ts';
import type { InodeId } from '../metadata/ids.ts';
import type { Head, Time } from '../metadata/node.ts';
import type { Stamp } from '../metadata/stamp.ts';
import type { KernelUse } from './passthrough/kernel-use.ts';
import type { Acting } from '../metadata/operation.ts';

/** What a file is that was never written. */
export const emptyVersion: Version = {
  size: 0,
  blockSize: defaultBlockSize,
  root: Buffer.alloc(32),
};

/** A file that somebody uses: all its handles, and the work under way on it, share this. */
export interface OpenFile {
  readonly inode: InodeId;
  readonly content: OpenContent;
  /** Handles, and requests under way without one. */
  uses: number;
  /** The version that the content is based on: what the next publication supersedes. */
  base: Head | null;
  /** Versions whose changes are in the content besides the base's: superseded with it. */
  alsoSupersedes: readonly Stamp[];
  /** Monotonic: no byte that differs from the base was written earlier; -Infinity for before the start, null when none differs. */
  changedSinceMs: number | null;
  /** To become the mtime with the next publication; null when nothing waits for one. */
  pendingMtime: Time | null;
  /** Who wrote last, and so who publishes. */
  writer: Acting;
  /** Writing took set-id bits away; the tree learns it with the next publication. */
  clearsPrivileges: boolean;
  /** False once it is known that the node has none that a write would take away. */
  mayHavePrivileges: boolean;
  /** Somebody was told times that the next publication will replace. */
  pendingTimesTold: boolean;
  readonly kernelUse: KernelUse;
  /** The version that is being brought aside for it; undefined when none is. */
  bringing: Head | null | undefined;
  /** Times that the tree has left, while another version is brought that the kernel's readers do not see yet. */
  timesBefore: { readonly mtime: Time; readonly ctime: Time } | null;
  /** Changes wait for a publication, which keeps the file in use until then. Set by the publisher alone. */
  unpublished: boolean;
  /** What was written was refused, as its author has not the right any more: nothing more is taken until something changes. */
  mayNotPublish: boolean;
  /** Writes that have not returned yet; never rejects. */
  writesUnderWay: Promise<unknown> | null;
  /** Publication or adoption under way: see `inTurn`. Never rejects. */
  turn: Promise<unknown> | null;
  /** Monotonic: until then a version that could not be adopted is not tried again. */
  adoptNotBeforeMs: number;
}

/** Does what changes a file's version one after the other; at once, and without a promise, when nothing is under way. */
export function inTurn<T>(file: OpenFile, task: () => T | Promise<T>): T | Promise<T> {
  if (file.turn !== null) return occupy(file, file.turn.then(task));
  const result = task();
  return result instanceof Promise ? occupy(file, result) : result;
}

function occupy<T>(file: OpenFile, work: Promise<T>): Promise<T> {
  const ended = () => {
    if (file.turn === settled) file.turn = null;
  };
  const settled: Promise<unknown> = work.then(ended, ended);
  file.turn = settled;
  return work;
}

/** Whether the tree has yet to learn something of what was ended to the file here. */
export function hasUnpublishedChanges(file: OpenFile): boolean {
  return file.pendingMtime !== null || file.clearsPrivileges || hasUnpublishedBytes(file);
}

export function hasUnpublishedBytes(file: OpenFile): boolean {
  if (file.content.dirty) return true;
  return file.kernelUse.mapper !== null && file.content.backing.sawMappedWrite();
}
