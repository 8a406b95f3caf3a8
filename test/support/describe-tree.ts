import { rootInode, type InodeId } from '../../src/metadata/ids.ts';
import { nameForPeople } from '../../src/metadata/name.ts';
import type { Entry, Head } from '../../src/metadata/node.ts';
import type { Replica } from '../../src/metadata/replica.ts';

/** Everything that a replica shows of its tree, without what is its own, for comparing with what was written down. */
export function describeTree(replica: Replica, directory: InodeId = rootInode): unknown {
  return [...replica.entriesAfter(directory, 2)]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((entry) => describeEntry(replica, entry));
}

function describeEntry(replica: Replica, { name, inode, type }: Entry): unknown {
  const shown = { name: nameForPeople(name), ...describeNode(replica, inode) };
  return type === 'directory' ? { ...shown, entries: describeTree(replica, inode) } : shown;
}

const noNode = {
  ...{ heads: [], departures: [], departedFrom: null },
  ...{ accessList: null, defaultList: null },
};

function describeNode(replica: Replica, inode: InodeId): object {
  const { heads, departures, departedFrom, accessList, defaultList, ...node } =
    replica.node(inode) ?? noNode;
  const xattrs = replica.xattrNames(inode).map((name) => ({
    name: nameForPeople(name),
    value: replica.xattr(inode, name)?.toString('hex'),
  }));
  const lists = {
    ...(departures.length > 0 && { departures }),
    ...(departedFrom && { departedFrom }),
    ...(accessList && { accessList: accessList.toString('hex') }),
    ...(defaultList && { defaultList: defaultList.toString('hex') }),
  };
  return { ...node, ...lists, heads: heads.map(describeHead), xattrs };
}

function describeHead({ id, size, blockSize, root, beside }: Head): unknown {
  return { id, size, blockSize, beside, root: root.toString('hex') };
}
