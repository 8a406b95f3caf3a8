import { conflictName } from './conflict-name.ts';
import type { InodeId } from './ids.ts';
import type { Head } from './node.ts';
import type { ApplyContext } from './operations/operation-kind.ts';
import type { Found } from './operations/requirements.ts';
import { mayPublishContent } from './rights.ts';
import type { Place } from './replica.ts';
import { compareStamps, timeOfStamp } from './stamp.ts';
import type { EntryRecord } from './state/entry-record.ts';
import type { NodeRecord } from './state/node-record.ts';
import type { TreeTransaction } from './state/tree-transaction.ts';

// What happens to versions of a file that were made at once: the youngest is under the name, each other one has an entry and a node of
// its own beside it, until somebody settles that.

/** More would only come of a person who never looks; the oldest of them become ordinary files then. */
export const maximumHeads = 64;

const setIdBits = 0o6000;
const readableByAll = 0o004;

/** Versions of one content are one for people. */
export function sameContent(one: Head, other: Head): boolean {
  return one.size === other.size && one.root.equals(other.root);
}

/** A new version stands in place of those that its author saw, and of others of their content; the rest stays, youngest first. */
export function headsWith(
  heads: readonly Head[],
  version: Head,
  supersedes: readonly Head['id'][],
): Head[] {
  const superseded = heads.filter(({ id }) =>
    supersedes.some((seen) => compareStamps(seen, id) === 0),
  );
  const kept = heads.filter((head) => !superseded.some((seen) => sameContent(seen, head)));
  return [version, ...kept].sort((a, b) => compareStamps(b.id, a.id));
}

/** The versions that have an entry beside the file: one of each content that is not the youngest's. */
export function versionsBeside(heads: readonly Head[]): Head[] {
  return heads
    .filter((head, index) => !heads.slice(0, index).some((younger) => sameContent(younger, head)))
    .slice(1);
}

/** Gives the file other heads: entries beside it come and go with the versions. `file` is as it was before. */
export function changeHeads(
  tree: TreeTransaction,
  file: Found,
  heads: readonly Head[],
  context: ApplyContext,
): readonly Head[] {
  const before = versionsBeside(file.node.heads);
  const after = versionsBeside(heads);
  for (const head of before) if (!after.includes(head)) hide(tree, head);
  for (const head of after) if (!before.includes(head)) show(tree, file, head, context);
  for (const { beside } of heads.slice(maximumHeads)) release(tree, beside);
  return heads.slice(0, maximumHeads);
}

/** What is renamed, linked, edited or removed is no longer shown as a version of its file. The node as it is then. */
export function becomeOrdinary(tree: TreeTransaction, { inode, node }: Found): NodeRecord {
  if (node.conflictOf === null) return node;
  const file = tree.readNode(node.conflictOf);
  if (file) tree.writeNode(node.conflictOf, { ...file, heads: headsWithout(file.heads, inode) });
  return { ...node, conflictOf: null };
}

/** When the last name of a file goes, what stood beside it becomes ordinary. The node as it is then. */
export function leaveVersions(tree: TreeTransaction, node: NodeRecord): NodeRecord {
  if (node.heads.length < 2) return node;
  for (const { beside } of versionsBeside(node.heads)) release(tree, beside);
  return { ...node, heads: node.heads.slice(0, 1) };
}

/** The node of a version that nothing has been done to yet, be it shown or not. */
export function nodeOfVersion(tree: TreeTransaction, beside: InodeId): NodeRecord | undefined {
  const version = tree.readVersion(beside);
  const file = version && tree.readNode(version.file);
  return file && newVersionNode({ inode: version.file, node: file }, version.head);
}

/** Where a file that has its first content stands beside the name that it wanted: there may be one with the same content. */
export function wantedPlace(tree: TreeTransaction, { inode, node }: Found): Place | undefined {
  if (node.heads.length > 0) return undefined;
  const [place, ...others] = tree.readPlaces(inode);
  const entry = place && others.length === 0 && tree.readEntry(place.parent, place.name);
  return entry && entry.wanted !== '' ? { parent: place.parent, name: entry.wanted } : undefined;
}

/** Two files that want one name become one when their content is the same, and the author of the younger may change the older. */
export function fileToBecome(
  tree: TreeTransaction,
  { parent, name }: Place,
  younger: NodeRecord,
  version: Head,
  context: ApplyContext,
): Found | undefined {
  const older = tree.readEntry(parent, name);
  const node = older && tree.readNode(older.inode);
  const [shown] = node?.heads ?? [];
  if (!node || !shown || !sameContent(shown, version)) return undefined;
  return isAsGood(node, younger, context) ? { inode: older.inode, node } : undefined;
}

/** Of two files made under one name, of which the older was never written, nobody needs both; undefined when there is no such one. */
export function emptyFileToBecome(
  tree: TreeTransaction,
  existing: EntryRecord | undefined,
  younger: NodeRecord,
  context: ApplyContext,
): InodeId | undefined {
  if (!context.unseenPossible || existing?.type !== 'file') return undefined;
  const node = tree.readNode(existing.inode);
  if (!node || node.heads.length > 0) return undefined;
  return isAsGood(node, younger, context) ? existing.inode : undefined;
}

/** Whether the author of the younger file can do with the older one what he could do with his, and nobody else can read it who could not. */
function isAsGood(older: NodeRecord, younger: NodeRecord, context: ApplyContext): boolean {
  const { flavour, acting } = context;
  if (older.type !== 'file' || older.mode !== younger.mode) return false;
  const isSameOwner = older.uid === younger.uid && older.gid === younger.gid;
  if (!isSameOwner && (older.mode & readableByAll) === 0) return false;
  const isRoot = flavour === 'lan' && acting.uid === 0;
  return isRoot || mayPublishContent(older, acting);
}

/** The older file keeps its name, and counts the version as its own, so that both authors' next ones follow it. */
export function becomeOneFile(
  tree: TreeTransaction,
  younger: Found,
  older: Found,
  version: Head,
  context: ApplyContext,
): void {
  for (const { parent, name } of tree.readPlaces(younger.inode)) {
    tree.writeEntry(parent, name, undefined);
  }
  tree.writeVersion(version.beside, { file: older.inode, head: version });
  tree.writeNode(younger.inode, { ...younger.node, mergedInto: older.inode, heads: [] });
  const heads = headsWith(older.node.heads, version, []);
  tree.writeNode(older.inode, { ...older.node, heads: changeHeads(tree, older, heads, context) });
}

function hide(tree: TreeTransaction, { beside }: Head): void {
  for (const { parent, name } of tree.readPlaces(beside)) tree.writeEntry(parent, name, undefined);
}

function show(tree: TreeTransaction, file: Found, head: Head, context: ApplyContext): void {
  const [place] = tree.readPlaces(file.inode);
  if (place === undefined) return;
  const { parent, name: wanted } = place;
  const { user } = context.authorOf(head.id.device);
  const maker = { user, millis: head.id.millis };
  const name = conflictName(tree, parent, wanted, head.beside, maker);
  tree.writeEntry(parent, name, { inode: head.beside, type: 'file', wanted });
  const node = tree.readNode(head.beside) ?? newVersionNode(file, head);
  tree.writeNode(head.beside, { ...node, conflictOf: file.inode });
}

function release(tree: TreeTransaction, beside: InodeId): void {
  const node = tree.readNode(beside);
  if (node) tree.writeNode(beside, { ...node, conflictOf: null });
}

/** Without the version, and those of its content, that stood beside the youngest. */
function headsWithout(heads: readonly Head[], beside: InodeId): Head[] {
  const settled = heads.find((head) => head.beside === beside);
  return heads.filter(
    (head, index) => index === 0 || settled === undefined || !sameContent(head, settled),
  );
}

function newVersionNode({ inode, node }: Found, head: Head): NodeRecord {
  const wasShown = node.heads[0]?.beside === head.beside;
  const made = timeOfStamp(head.id);
  return {
    ...node,
    mode: node.mode & ~setIdBits,
    mtime: wasShown ? node.mtime : made,
    ctime: made,
    mtimeStamp: head.id,
    heads: [head],
    removedFrom: null,
    mergedInto: null,
    conflictOf: inode,
  };
}
