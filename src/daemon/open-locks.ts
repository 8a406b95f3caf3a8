import type { HomeIdentity } from '../identity/home-identity.ts';
import { verifyPeerCertificateAtAnyTime } from '../identity/certificate.ts';
import { deviceOfInode, type InodeId } from '../metadata/ids.ts';
import type { LocalReplica } from '../metadata/local-replica.ts';
import { accessRead, accessWrite, isOwner, mayAccess } from '../metadata/rights.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { LockExchange } from '../sync/lock-exchange.ts';
import type { MemberIdentity } from '../sync/link-states.ts';
import type { RunningFileSystem } from '../vfs/create-file-system.ts';

export interface LockParts {
  readonly identity: HomeIdentity;
  readonly replica: LocalReplica;
  readonly fileSystem: RunningFileSystem;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Lets the file system's locks be those of all peers in reach. */
export function openLocks({
  identity,
  replica,
  fileSystem,
  clock,
  logger,
}: LockParts): LockExchange {
  const { authority, certificate, key, flavour } = identity;
  const { device } = certificate;
  const { coherence } = fileSystem;
  const exchange = new LockExchange({
    ...{ self: device, certificate: certificate.der, privateKey: key.privateKey, clock, logger },
    readCertificate: (der) => verifyPeerCertificateAtAnyTime(der, authority),
    files: {
      publish: (inode) => coherence.publish(inode as InodeId),
      reach: (inode, required) => coherence.reach(inode as InodeId, required),
      position: () => replica.frontier().get(device) ?? 0,
      hasBatch: (author, sequence) => lengthOfLog(replica, author) >= sequence,
    },
    mayLock: (member, inode) => flavour === 'lan' || mayLock(replica, member, inode as InodeId),
  });
  replica.onBatch(() => exchange.grew());
  replica.onChange(() => exchange.grew());
  fileSystem.locks.grantThrough({ holder: exchange.peer.holder, watch: () => exchange.watch() });
  return exchange;
}

function lengthOfLog(replica: LocalReplica, author: number): number {
  return (replica.frontier() as ReadonlyMap<number, number>).get(author) ?? 0;
}

/** Who may open a file in some way may lock it. Of a file that nobody here has heard of, only who made it can know. */
function mayLock(
  replica: LocalReplica,
  { device, uid }: MemberIdentity,
  inode: InodeId,
): boolean | undefined {
  const node = replica.node(inode);
  if (node === undefined) return deviceOfInode(inode) === device ? true : undefined;
  const acting = { uid, gids: [uid] };
  if (isOwner(node, acting)) return true;
  return mayAccess(node, acting, accessRead) || mayAccess(node, acting, accessWrite);
}
