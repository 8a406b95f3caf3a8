import type { FileId } from '../content/version.ts';
import type { ContentFault } from '../content/file/check.ts';
import type { CheckReply } from '../control/daemon-control.ts';
import { checkReplica } from '../metadata/check/check-replica.ts';
import { type InodeId, rootInode } from '../metadata/ids.ts';
import type { Node } from '../metadata/node.ts';
import type { Replica } from '../metadata/replica.ts';
import { versionHere } from '../vfs/versions-apart.ts';
import { pathForPeople } from './path-for-people.ts';
import type { Peer } from './peer.ts';

/**
 * Looks at the whole tree, the logs that it follows from, and the resident bytes of every file. Requests go on meanwhile; what peers
 * do is taken into the tree after the tree and the logs were read.
 */
export async function checkPeer({ replica, content }: Peer): Promise<CheckReply> {
  const problems = (await checkReplica(replica)).map(({ what }) => what);
  for (const node of filesBelow(replica, rootInode)) {
    const { inode } = node;
    const version = versionHere({ content, replica }, node, []);
    if (version === null) continue;
    const faults = await content.checkFile(inode as number as FileId, version);
    const path = pathForPeople(replica, inode);
    problems.push(...faults.map((fault) => `${path}: ${sentence(fault)}`));
  }
  return { ...replica.counts(), problems };
}

function* filesBelow(replica: Replica, directory: InodeId): Generator<Node> {
  for (const { inode, type } of replica.entriesAfter(directory, 0)) {
    if (type === 'directory') yield* filesBelow(replica, inode);
    const node = type === 'file' ? replica.node(inode) : undefined;
    if (node !== undefined) yield node;
  }
}

function sentence({ kind, level, index }: ContentFault): string {
  return kind === 'wrong-block'
    ? `block ${index} on this disk is not what its hash says`
    : `manifest page ${index} of level ${level} on this disk is not what its hash says`;
}
