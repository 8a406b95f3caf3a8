import type { Acting, OperationFields } from '../metadata/operation.ts';
import type { Replica } from '../metadata/replica.ts';
import { ExpectedFailure } from '../util/expected-failure.ts';
import type { Collision, Contender } from './collision.ts';
import { pathOf } from './find-path.ts';

/** In whose name a conflict is settled. */
export interface Settler {
  readonly replica: Replica;
  readonly acting: Acting;
}

/** The chosen one becomes the one and only under the name; the others go. Throws an ExpectedFailure when that may not be. */
export function take(settler: Settler, collision: Collision, chosen: Contender): void {
  const { contenders } = collision;
  const holder = contenders.find(({ hasName }) => hasName);
  const isOfFile = ({ hasName, isVersion }: Contender): boolean => hasName || isVersion;
  const things = contenders.filter((other) => other !== chosen && !isOfFile(other));
  if (holder !== undefined && isOfFile(chosen)) {
    requireRemovable(settler, things);
    supersedeVersions(settler, holder, chosen);
    for (const thing of things) remove(settler, thing);
    return;
  }
  // Versions before their file: without it they would become ordinary.
  const ofFile = contenders.filter(isOfFile).toReversed();
  requireRemovable(settler, [...ofFile, ...things]);
  for (const other of [...ofFile, ...things]) remove(settler, other);
  moveThere(settler, collision, chosen);
}

/** Everything that stands beside the name becomes an ordinary thing under the name that it has. */
export function keepAll(settler: Settler, { contenders }: Collision): void {
  for (const contender of contenders) if (!contender.hasName) keepOne(settler, contender);
}

export function keepOne(settler: Settler, { place, node }: Contender): void {
  perform(settler, { kind: 'settle', ...place, inode: node.inode });
}

/** A version on the same file with the chosen bytes, in place of all that there are. */
function supersedeVersions(settler: Settler, holder: Contender, chosen: Contender): void {
  const { heads, inode } = holder.node;
  const [version] = chosen.node.heads;
  if (heads.length < 2 || version === undefined) return;
  perform(settler, {
    kind: 'set-content',
    inode,
    supersedes: heads.map(({ id }) => id),
    size: version.size,
    blockSize: version.blockSize,
    root: version.root,
    mtime: chosen.node.mtime,
    clearsPrivileges: false,
    beside: settler.replica.newInode(),
  });
}

function remove(settler: Settler, { place, node }: Contender): void {
  const { inode, type, heads } = node;
  if (type === 'directory') return perform(settler, { kind: 'remove-directory', ...place, inode });
  perform(settler, { kind: 'unlink', ...place, inode, seen: heads[0]?.id ?? null });
}

function moveThere(settler: Settler, { place }: Collision, chosen: Contender): void {
  perform(settler, {
    kind: 'rename',
    ...chosen.place,
    inode: chosen.node.inode,
    newParent: place.parent,
    newName: place.name,
    victim: null,
    victimSeen: null,
  });
}

function requireRemovable({ replica }: Settler, going: readonly Contender[]): void {
  const full = going.find(({ node }) => node.type === 'directory' && !replica.isEmpty(node.inode));
  if (full === undefined) return;
  throw new ExpectedFailure(
    'refused',
    `${pathOf(replica, full.place)} is a folder that is not empty: move or remove what is in it first, or keep both.`,
  );
}

function perform({ replica, acting }: Settler, fields: OperationFields): void {
  const refusal = replica.perform(acting, fields);
  if (refusal === undefined) return;
  throw new ExpectedFailure('refused', `The conflict stays as it is: ${refusal.reason}.`);
}
