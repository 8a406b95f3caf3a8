import { conflictName } from './conflict-name.ts';
import type { InodeId } from './ids.ts';
import type { Departure, Head } from './node.ts';
import type { ApplyContext } from './operations/operation-kind.ts';
import type { Found } from './operations/requirements.ts';
import { mayPublishContent } from './rights.ts';
import type { Place } from './replica.ts';
import { compareStamps, timeOfStamp, type Stamp } from './stamp.ts';
import type { EntryRecord } from './state/entry-record.ts';
import type { NodeRecord } from './state/node-record.ts';
import type { TreeTransaction } from './state/tree-transaction.ts';
import type { VersionRecord } from './state/version-record.ts';

// What happens to versions of a file that were made at once: the youngest is under the name, each other one has an entry and a node of
// its own beside it, until somebody settles that.

/** More would only come of a person who never looks; the oldest of them become ordinary files then. */
export const maximumHeads = 64;

/** Of more, those that are remembered longest are forgotten: what their authors save without knowing makes a conflict again. */
const maximumDepartures = maximumHeads;

/** Saves by people who do not know of each other's; of a version over which more were written nobody can mean the last one. */
const maximumFollowed = 4096;

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

type Versions = Pick<NodeRecord, 'heads' | 'departures'>;

/** Gives the file other heads: entries beside it come and go with the versions. `file` is as it was before. */
export function changeHeads(
  tree: TreeTransaction,
  file: Found,
  heads: readonly Head[],
  context: ApplyContext,
): Versions {
  const before = versionsBeside(file.node.heads);
  const after = versionsBeside(heads);
  for (const head of before) if (!after.includes(head)) hide(tree, head);
  for (const head of after) if (!before.includes(head)) show(tree, file, head, context);
  const released = heads.slice(maximumHeads);
  for (const { beside } of released) release(tree, file.inode, beside);
  const departures = released.reduce(
    (known, head) => withDeparture(known, [head], head.beside),
    file.node.departures,
  );
  return { heads: heads.slice(0, maximumHeads), departures };
}

/** What is renamed, linked, edited or removed is no longer shown as a version of its file. The node as it is then. */
export function becomeOrdinary(tree: TreeTransaction, { inode, node }: Found): NodeRecord {
  if (node.conflictOf === null) return node;
  const file = tree.readNode(node.conflictOf);
  if (file) depart(tree, { inode: node.conflictOf, node: file }, { inode, node });
  const ordinary = { ...node, conflictOf: null, departedFrom: node.conflictOf };
  tree.writeNode(inode, ordinary);
  return ordinary;
}

/** When the last name of a file goes, what stood beside it becomes ordinary. The node as it is then. */
export function leaveVersions(tree: TreeTransaction, { inode, node }: Found): NodeRecord {
  if (node.heads.length < 2) return node;
  let { departures } = node;
  for (const head of versionsBeside(node.heads)) {
    release(tree, inode, head.beside);
    const twins = node.heads.slice(1).filter((other) => sameContent(other, head));
    departures = withDeparture(departures, twins, head.beside);
  }
  return { ...node, heads: node.heads.slice(0, 1), departures };
}

/** The version of this number, or the last of those that were written over it in place, one after the other. */
export function lastInPlace(tree: TreeTransaction, beside: InodeId): VersionRecord | undefined {
  let version = tree.readVersion(beside);
  for (let steps = 0; version && version.next !== null && steps < maximumFollowed; steps += 1) {
    const next = tree.readVersion(version.next);
    if (!next) return version;
    version = next;
  }
  return version;
}

/** `version` was written over `over`: nobody may have the bytes of that any more. */
export function noteWrittenOver(
  tree: TreeTransaction,
  heads: readonly Head[],
  over: Stamp | undefined,
  version: Head,
): void {
  const former = over && heads.find(({ id }) => compareStamps(id, over) === 0);
  if (former === undefined) return;
  for (const { beside } of heads.filter((head) => sameContent(head, former))) {
    const record = tree.readVersion(beside);
    if (record) tree.writeVersion(beside, { ...record, next: version.beside });
  }
}

/** Of a file that shows nothing but this version, be it several times. */
export function isOnlyVersion({ heads }: NodeRecord, { id }: Head): boolean {
  const [youngest] = heads;
  if (!youngest || !heads.some((head) => compareStamps(head.id, id) === 0)) return false;
  return heads.every((head) => sameContent(head, youngest));
}

/** The node of a number under which the version is, or would be, shown; `node` as it is when it was shown before. */
export function versionNode(file: Found, head: Head, node: NodeRecord | undefined): NodeRecord {
  const [shown] = node?.heads ?? [];
  if (node && shown && compareStamps(shown.id, head.id) === 0) return node;
  return node ? { ...node, heads: [head] } : newVersionNode(file, head);
}

/** Where the version is, if it stands in a file of its own since it stood beside this one. */
export function departureOf({ departures }: NodeRecord, version: Stamp): Departure | undefined {
  return departures.find((departure) => compareStamps(departure.version, version) === 0);
}

/** `version` follows `over` to where that is: whoever goes on with it goes on there. */
export function followDeparture(
  { departures }: NodeRecord,
  over: Stamp,
  version: Stamp,
): readonly Departure[] {
  return departures.map((departure) =>
    compareStamps(departure.version, over) === 0 ? { ...departure, version } : departure,
  );
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
  if (!isSameList(older.accessList, younger.accessList)) return false;
  const isSameOwner = older.uid === younger.uid && older.gid === younger.gid;
  if (!isSameOwner && (older.mode & readableByAll) === 0) return false;
  const isRoot = flavour === 'lan' && acting.uid === 0;
  return isRoot || mayPublishContent(older, acting);
}

function isSameList(one: Buffer | null, other: Buffer | null): boolean {
  return one === null || other === null ? one === other : one.equals(other);
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
  tree.writeVersion(version.beside, { file: older.inode, head: version, next: null });
  tree.writeNode(younger.inode, { ...younger.node, mergedInto: older.inode, heads: [] });
  const heads = headsWith(older.node.heads, version, []);
  tree.writeNode(older.inode, { ...older.node, ...changeHeads(tree, older, heads, context) });
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

function release(tree: TreeTransaction, file: InodeId, beside: InodeId): void {
  const node = tree.readNode(beside);
  if (node) tree.writeNode(beside, { ...node, conflictOf: null, departedFrom: file });
}

/** The file is without the version, and those of its content, that are the other's now. */
function depart(tree: TreeTransaction, file: Found, { inode, node }: Found): void {
  const [version] = node.heads;
  if (version === undefined) return;
  const { heads, departures } = file.node;
  const at = heads.findIndex(({ id }) => compareStamps(id, version.id) === 0);
  // A twin of the version under the name is that of somebody else.
  const gone = heads.filter(
    (head, index) => at >= 0 && (index > 0 || at === 0) && sameContent(head, version),
  );
  const kept = heads.filter((head) => !gone.includes(head));
  const beside = versionsBeside(kept);
  for (const head of versionsBeside(heads)) {
    if (!beside.includes(head) && head.beside !== inode) hide(tree, head);
  }
  tree.writeNode(file.inode, {
    ...file.node,
    heads: kept,
    departures: withDeparture(departures, gone.length > 0 ? gone : [version], inode),
  });
}

function withDeparture(
  departures: readonly Departure[],
  versions: readonly Head[],
  inode: InodeId,
): readonly Departure[] {
  const isOne = ({ version }: Departure) =>
    versions.some(({ id }) => compareStamps(id, version) === 0);
  const others = departures.filter((departure) => !isOne(departure));
  return [...others, ...versions.map(({ id }) => ({ version: id, inode }))].slice(
    -maximumDepartures,
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
    departures: [],
    departedFrom: null,
    conflictOf: inode,
  };
}
