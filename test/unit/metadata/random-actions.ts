import fc from 'fast-check';
import { accessListXattr, defaultListXattr } from '../../../src/metadata/access-list.ts';
import { rootInode, type InodeId } from '../../../src/metadata/ids.ts';
import { nameFromText, type Name } from '../../../src/metadata/name.ts';
import type { Entry } from '../../../src/metadata/node.ts';
import type { OperationFields } from '../../../src/metadata/operation.ts';
import { accessList } from '../../support/access-lists.ts';
import { perform, shownVersion, type TestHome, victimAt } from '../../support/replica-world.ts';

// Random things that a user may do with what he sees. Few names and many renames make collisions likely.

export interface Action {
  readonly kind:
    Exclude<OperationFields['kind'], 'acknowledge' | 'checkpoint'> | 'create-directory';
  /** Choose among what there is, modulo its number. */
  readonly first: number;
  readonly second: number;
  readonly name: string;
  readonly seesHeads: boolean;
}

const kinds: Action['kind'][] = [
  ...(['create', 'create', 'create-directory', 'create-directory', 'link', 'unlink'] as const),
  ...(['remove-directory', 'remove-directory', 'rename', 'rename', 'rename', 'exchange'] as const),
  ...(['set-attributes', 'set-content', 'set-content', 'set-xattr', 'remove-xattr'] as const),
  'settle',
];

export const anyAction: fc.Arbitrary<Action> = fc.record({
  kind: fc.constantFrom(...kinds),
  first: fc.nat(20),
  second: fc.nat(20),
  name: fc.constantFrom('a', 'b', 'c.txt'),
  seesHeads: fc.boolean(),
});

interface Seen extends Entry {
  readonly parent: InodeId;
}

/** Does it if there is something to do it to; what the tree refuses is as good as not done. */
export function act(home: TestHome, action: Action): void {
  const fields = fieldsOf(home, action);
  if (fields) perform(home, fields);
}

function fieldsOf(home: TestHome, action: Action): OperationFields | undefined {
  const entries = [...entriesOf(home, rootInode)];
  const directories = [
    rootInode,
    ...entries.filter(({ type }) => type === 'directory').map(({ inode }) => inode),
  ];
  const parent = pick(directories, action.second) ?? rootInode;
  const name = nameFromText(action.name);
  if (action.kind === 'create') return creation(home, parent, action, 'file');
  if (action.kind === 'create-directory') return creation(home, parent, action, 'directory');
  const entry = pick(entries, action.first);
  const other = pick(entries, action.second);
  if (!entry || !other) return undefined;
  const { inode } = entry;
  switch (action.kind) {
    case 'link':
      return { kind: 'link', inode, parent, name };
    case 'unlink':
      return {
        ...{ kind: 'unlink', parent: entry.parent, name: entry.name, inode },
        seen: shownVersion(home, inode),
      };
    case 'settle':
    case 'remove-directory':
      return { kind: action.kind, parent: entry.parent, name: entry.name, inode };
    case 'rename':
      return {
        ...{ kind: 'rename', parent: entry.parent, name: entry.name, inode },
        ...{ newParent: parent, newName: name },
        ...victimAt(home, parent, name),
      };
    case 'exchange':
      return {
        ...{ kind: 'exchange', parent: entry.parent, name: entry.name, inode },
        ...{ otherParent: other.parent, otherName: other.name, otherInode: other.inode },
      };
    case 'set-attributes':
      return {
        ...{ kind: 'set-attributes', inode, uid: null, gid: null, atime: null },
        mode: action.seesHeads ? 0o700 + action.second : null,
        mtime: action.seesHeads ? null : { seconds: action.second, nanoseconds: 5 },
      };
    case 'set-content':
      return contentOf(home, inode, action);
    case 'set-xattr':
      return action.seesHeads
        ? { kind: 'set-xattr', inode, name: listName(action), value: listOf(action) }
        : { kind: 'set-xattr', inode, name, value: Buffer.from([action.second]) };
    case 'remove-xattr':
    default:
      return { kind: 'remove-xattr', inode, name: action.seesHeads ? listName(action) : name };
  }
}

function listName({ first }: Action): Name {
  return first % 2 === 0 ? accessListXattr : defaultListXattr;
}

/** Some let others in, some are no more than a mode. */
function listOf({ first, second }: Action): Buffer {
  const named = first % 3 === 0 ? '' : `u:${1000 + (second % 4)}:rwx,`;
  return accessList(`u::rwx,${named}g::rx,${named && 'm::rwx,'}o::rx`);
}

function creation(
  home: TestHome,
  parent: InodeId,
  action: Action,
  type: 'file' | 'directory',
): OperationFields {
  const { uid } = home.who;
  const inherits = home.replica.node(parent)?.defaultList;
  return {
    ...{ kind: 'create', inode: home.replica.newInode(), parent, type },
    name: nameFromText(action.name),
    ...{ mode: 0o755, uid, gid: uid, rdev: 0, target: '' },
    ...(inherits && { inherits }),
  };
}

function contentOf(home: TestHome, inode: InodeId, action: Action): OperationFields {
  const heads = home.replica.node(inode)?.heads ?? [];
  // A save supersedes what was under the name; whoever settles a conflict, all there is.
  const seen = action.second % 3 === 0 ? heads : heads.slice(0, 1);
  return {
    kind: 'set-content',
    inode,
    supersedes: action.seesHeads ? seen.map(({ id }) => id) : [],
    // Few contents, so that some versions are the same.
    size: action.first % 4,
    blockSize: 65_536,
    root: Buffer.alloc(32, action.first % 4),
    mtime: { seconds: action.first, nanoseconds: 0 },
    ...{ clearsPrivileges: false, beside: home.replica.newInode() },
  };
}

function* entriesOf(home: TestHome, directory: InodeId): Generator<Seen> {
  for (const entry of home.replica.entriesAfter(directory, 2)) {
    yield { ...entry, parent: directory };
    if (entry.type === 'directory') yield* entriesOf(home, entry.inode);
  }
}

function pick<T>(values: readonly T[], index: number): T | undefined {
  return values[index % Math.max(1, values.length)];
}
