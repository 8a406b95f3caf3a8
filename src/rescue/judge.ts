import type { InodeId } from '../metadata/ids.ts';
import { type RefusedOperation, versionOf } from '../metadata/merge/own-refusals.ts';
import type { Head, Node, Time } from '../metadata/node.ts';
import { compareStamps, timeOfStamp } from '../metadata/stamp.ts';

// What is to be done about operations of this device that have no effect: which bytes its user would miss, and what he should read of.

/** Bytes that are in the tree no more. */
export interface LostContent {
  /** The file that had them, and the version; null for one that was never written. */
  readonly inode: InodeId;
  readonly version: Head | null;
  readonly mtime: Time;
}

export interface Judgement {
  readonly content: LostContent | undefined;
  /** Operations of which there is nothing to keep but that they were. */
  readonly told: readonly RefusedOperation[];
}

/** Of all that name one inode, the oldest first. `node` is what the tree has of it. */
export function judge(
  refused: readonly RefusedOperation[],
  node: Node | undefined,
  device: number,
): Judgement {
  const content = node ? lostVersion(refused, node, device) : lostFile(refused);
  const told = refused.filter(
    (each) =>
      isNews(each, node) && !(content && hasContent(each)) && !isSuperseded(each, node, device),
  );
  return { content, told };
}

/** A file that came to nothing with all that was done to it. */
function lostFile(refused: readonly RefusedOperation[]): LostContent | undefined {
  const last = youngestVersion(refused);
  if (last !== undefined) return last;
  const made = refused.find(({ operation: { fields } }) => fields.kind === 'create');
  if (made?.operation.fields.kind !== 'create') return undefined;
  if (made.operation.fields.type !== 'file') return undefined;
  return { inode: made.inode, version: null, mtime: timeOfStamp(made.operation.stamp) };
}

/** A version of a file that has others. */
function lostVersion(
  refused: readonly RefusedOperation[],
  node: Node,
  device: number,
): LostContent | undefined {
  const last = youngestVersion(refused);
  if (last !== undefined) {
    return isIn(node, last.version, device) ? undefined : last;
  }
  // Its only other name was given away, since this one was to be there.
  const wasLinked = refused.some(({ operation }) => operation.fields.kind === 'link');
  const [version] = node.heads;
  if (!wasLinked || node.links > 0 || node.type !== 'file' || version === undefined)
    return undefined;
  return { inode: node.inode, version, mtime: node.mtime };
}

function youngestVersion(
  refused: readonly RefusedOperation[],
): (LostContent & { version: Head }) | undefined {
  const last = refused.findLast(({ operation }) => operation.fields.kind === 'set-content');
  const version = last && versionOf(last);
  if (version === undefined || last?.operation.fields.kind !== 'set-content') return undefined;
  return { inode: last.inode, version, mtime: last.operation.fields.mtime };
}

/** The tree has these bytes, or younger ones of the same author's. */
function isIn(node: Node, version: Head, device: number): boolean {
  return node.heads.some(
    (head) =>
      (head.size === version.size && head.root.equals(version.root)) ||
      (head.id.device === device && compareStamps(head.id, version.id) > 0),
  );
}

function hasContent({ operation }: RefusedOperation): boolean {
  const { kind } = operation.fields;
  return kind === 'set-content' || kind === 'create' || kind === 'link';
}

/**
 * What was done to a thing that came to nothing follows from that; what the rules for conflicts decided is as its author would expect; and
 * what was folded away may just have come to its end.
 */
function isNews({ operation, code }: RefusedOperation, node: Node | undefined): boolean {
  if (code === 'ESTALE') return false;
  if (operation.fields.kind === 'create') return true;
  return node !== undefined && (code === 'EACCES' || code === 'EPERM');
}

function isSuperseded(each: RefusedOperation, node: Node | undefined, device: number): boolean {
  const version = versionOf(each);
  return version !== undefined && node !== undefined && isIn(node, version, device);
}
