import type { Version } from '../content/version.ts';
import type { InodeId } from '../metadata/ids.ts';
import type { Head, Node } from '../metadata/node.ts';
import { compareStamps, stampToText, type Stamp } from '../metadata/stamp.ts';
import type { PublishingContext } from './context.ts';
import { fileIdOf } from './file-id.ts';

// Versions of a file that were made apart: the youngest is under the name, each other one has a node of its own beside it. The bytes
// here may be of one that the tree shows elsewhere now, and then they may be the only copy of somebody's work.

export function isSameHead(a: Head | null, b: Head | null): boolean {
  return a === b || (a !== null && b !== null && compareStamps(a.id, b.id) === 0);
}

export function isSameContent(a: Version, b: Version): boolean {
  return a.size === b.size && (a.size === 0 || a.root.equals(b.root));
}

/** The node whose content the inode's is: of two files that became one, the one that kept the name. */
export function nodeWithContent({ replica }: PublishingContext, inode: InodeId): Node | undefined {
  const node = replica.node(inode);
  if (node === undefined || node.type !== 'file' || node.mergedInto === null) return node;
  return replica.node(node.mergedInto);
}

/** Nobody who made the youngest version knew of this one, and it stands beside that. */
export function isApart(node: Node, head: Head | null): boolean {
  return head !== null && node.heads.slice(1).some((other) => isSameHead(other, head));
}

/** As `isApart`, or it did so and stands in a file of its own since: what goes on from it goes on there. */
export function isElsewhere(node: Node, head: Head | null): boolean {
  return isApart(node, head) || (head !== null && departureOf(node, head.id) !== undefined);
}

/** Where the version is, if it stands in a file of its own. */
export function departureOf({ departures }: Node, id: Stamp): InodeId | undefined {
  return departures.find(({ version }) => compareStamps(version, id) === 0)?.inode;
}

type Tree = Pick<PublishingContext, 'replica'>;

/** Versions that stood beside the file, or were written over these, where they stand now. */
export function departedHeads({ replica }: Tree, { departures }: Node): Head[] {
  return departures.flatMap(({ inode }) => replica.node(inode)?.heads ?? []);
}

/** The head of this content, be it the file's or where what stood beside the file stands now. */
export function headOf(context: Tree, node: Node | undefined, version: Version): Head | undefined {
  const isIt = (head: Head): boolean => isSameContent(head, version);
  return node && (node.heads.find(isIt) ?? departedHeads(context, node).findLast(isIt));
}

/**
 * The version that the bytes on this disk are based on: the tree may have moved on while nobody looked, or while the daemon was away.
 * `former` are versions that the file had when they were last looked at.
 */
export function versionHere(
  { content, replica }: Pick<PublishingContext, 'content' | 'replica'>,
  node: Node,
  former: readonly Head[],
): Head | null {
  const { inode, heads, departures } = node;
  const [youngest = null] = heads;
  const refused = replica.refusedVersions(inode);
  const isPlain = heads.length < 2 && departures.length === 0;
  if (isPlain && former.length === 0 && refused.length === 0) return youngest;
  const stored = content.storedVersion(fileIdOf(inode));
  if (stored === undefined) return youngest;
  const candidates = [...heads, ...former, ...refused, ...departedHeads({ replica }, node)];
  return candidates.find((head) => isSameContent(head, stored)) ?? youngest;
}

/** Nodes that show the version, as far as they have, or had, to do with the file; also one that was removed, which may come back. */
export function nodesShowing({ replica }: PublishingContext, node: Node, head: Head): InodeId[] {
  const twins = node.heads.filter((other) => isSameContent(other, head));
  const numbers = new Set([head, ...twins].map(({ beside }) => beside));
  for (const other of [departureOf(node, head.id), node.conflictOf, node.departedFrom]) {
    if (other != null) numbers.add(other);
  }
  return [...numbers].filter((number) => {
    const other = replica.node(number);
    if (other === undefined || (other.links === 0 && other.departedFrom === null)) return false;
    const [shown] = other.heads;
    return shown !== undefined && isSameContent(shown, head);
  });
}

/** A version that is shown under another number than before, and where that was. */
export interface Move {
  readonly to: InodeId;
  readonly version: Head;
}

/** Versions of the file that others than before show: what is here of them is under the number that they had. */
export function movedVersions({ replica }: Tree, before: Node, after: Node): Move[] {
  const hasMore = ({ heads, departures }: Node) => heads.length > 1 || departures.length > 0;
  if (!hasMore(before) && !hasMore(after)) return [];
  const now = new Map(placesOf(after));
  return placesOf(before).flatMap(([version, beside]) => {
    const to = now.get(version);
    const shown = to === undefined || to === beside ? [] : (replica.node(to)?.heads ?? []);
    const head = shown.find(({ id }) => stampToText(id) === version);
    return to === undefined || head === undefined ? [] : [{ to, version: { ...head, beside } }];
  });
}

/** The number under which each version is shown. */
function placesOf({ inode, heads, departures }: Node): [string, InodeId][] {
  return [
    ...heads.map(({ id, beside }, index): [string, InodeId] => [
      stampToText(id),
      index === 0 ? inode : beside,
    ]),
    ...departures.map(({ version, inode: at }): [string, InodeId] => [stampToText(version), at]),
  ];
}

/** Before the file takes another version: whatever shows the one that is here has its bytes too. */
export async function keepBytes(
  context: PublishingContext,
  inode: InodeId,
  node: Node,
  head: Head,
): Promise<void> {
  for (const beside of nodesShowing(context, node, head)) {
    if (beside === inode) continue;
    // A writer may wait for bytes of the version that comes after this.
    context.files.get(inode)?.content.stopWaiting();
    await cloneTo(context, inode, head, beside);
    context.removed.consider(beside);
  }
  if (!context.replica.refusedVersions(inode).some((refused) => isSameHead(refused, head))) return;
  // Something that comes later may allow it after all, and nobody else has its bytes.
  context.rescue?.setAside(inode, head);
  await context.content.clone(fileIdOf(inode), head, fileIdOf(head.beside));
}

/** What a crash left there of the bytes, half copied or half fetched, must not pass for a version that has the place already. */
async function cloneTo(
  { content, files, formerVersions, replica }: PublishingContext,
  inode: InodeId,
  head: Head,
  to: InodeId,
): Promise<void> {
  const node = replica.node(to);
  const target = node && files.acquire(node, formerVersions.get(to));
  try {
    await content.clone(fileIdOf(inode), head, fileIdOf(to));
  } finally {
    if (target) files.release(target);
  }
}

/** The bytes of the file's youngest version may be here under the number under which it was shown until now, and nowhere else. */
export async function fetchBack(context: PublishingContext, inode: InodeId): Promise<void> {
  const youngest = context.replica.node(inode)?.heads[0];
  if (youngest === undefined) return;
  const former = context.formerVersions.get(inode) ?? [];
  const same = former.filter((head) => isSameContent(head, youngest));
  for (const beside of new Set([youngest, ...same].map((head) => head.beside))) {
    if (beside !== inode) {
      await context.content.clone(fileIdOf(beside), youngest, fileIdOf(inode));
    }
  }
}

/** Its bytes are about to be taken from there, or to. */
export function isAwaited(formerVersions: FormerVersions, inode: InodeId): boolean {
  if (formerVersions.has(inode)) return true;
  for (const heads of formerVersions.values()) {
    if (heads.some(({ beside }) => beside === inode)) return true;
  }
  return false;
}

export type FormerVersions = ReadonlyMap<InodeId, readonly Head[]>;
