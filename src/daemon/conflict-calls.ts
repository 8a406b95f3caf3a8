import {
  authorOf,
  type Collision,
  collisionWith,
  type Contender,
  findCollisions,
  isSamePlace,
} from '../conflicts/collision.ts';
import { pathOf, placeAt } from '../conflicts/find-path.ts';
import { keepAll, keepOne, type Settler, take } from '../conflicts/settle.ts';
import type { FileId } from '../content/version.ts';
import type { ConflictReply, ContenderReply } from '../control/conflicts.ts';
import type { DaemonControl } from '../control/daemon-control.ts';
import type { Acting } from '../metadata/operation.ts';
import type { Node } from '../metadata/node.ts';
import { ExpectedFailure } from '../util/expected-failure.ts';
import type { Peer } from './peer.ts';

type ConflictCalls = Pick<
  DaemonControl,
  'conflicts' | 'conflict' | 'takeInConflict' | 'keepBothInConflict'
>;

/** What the local API asks about conflicts. `mountpoint` is looked up at each call. */
export function conflictCalls(peer: Peer, mountpoint: () => string | null): ConflictCalls {
  const { replica } = peer;
  const settler: Settler = { replica, acting: actingOf(peer) };
  const find = (path: string) => findConflict(peer, mountpoint(), path);
  return {
    async conflicts() {
      const found = await findCollisions(replica);
      return found.map((collision) => describe(peer, collision));
    },
    async conflict(path) {
      return describe(peer, find(path).collision);
    },
    async takeInConflict(path) {
      const { collision, chosen } = find(path);
      const before = describe(peer, collision);
      take(settler, collision, chosen);
      await replica.flush();
      return before;
    },
    async keepBothInConflict(path) {
      const { collision, chosen } = find(path);
      const before = describe(peer, collision);
      if (chosen.hasName) keepAll(settler, collision);
      else keepOne(settler, chosen);
      await replica.flush();
      return before;
    },
  };
}

/** The local API is for whoever runs the daemon alone. */
function actingOf({ identity }: Peer): Acting {
  const { uid } = identity.certificate;
  if (identity.flavour === 'net') return { uid, gids: [uid] };
  return { uid: process.getuid?.() ?? 0, gids: process.getgroups?.() ?? [] };
}

function findConflict(
  { replica }: Peer,
  mountpoint: string | null,
  path: string,
): { collision: Collision; chosen: Contender } {
  const place = placeAt(replica, pathFromRoot(mountpoint, path));
  if (place === undefined) {
    throw new ExpectedFailure('missing', `There is nothing at ${path} in the network's tree.`);
  }
  const collision = collisionWith(replica, place);
  const chosen = collision?.contenders.find((contender) => isSamePlace(contender.place, place));
  if (collision === undefined || chosen === undefined) {
    throw new ExpectedFailure(
      'missing',
      `${path} is in no conflict; "peerfuse conflicts" lists those that there are.`,
    );
  }
  return { collision, chosen };
}

function pathFromRoot(mountpoint: string | null, path: string): string {
  if (mountpoint === null) return path;
  return path === mountpoint || path.startsWith(`${mountpoint}/`)
    ? path.slice(mountpoint.length)
    : path;
}

function describe(peer: Peer, { place, contenders }: Collision): ConflictReply {
  const isOneFile = contenders.every(({ hasName, isVersion }) => hasName || isVersion);
  return {
    path: pathOf(peer.replica, place),
    kind: isOneFile ? 'versions' : 'names',
    contenders: contenders.map((contender) => describeContender(peer, contender, isOneFile)),
  };
}

function describeContender(
  { replica, content }: Peer,
  { place, node, hasName, isVersion }: Contender,
  isOneFile: boolean,
): ContenderReply {
  const device = authorOf(node);
  const { inode, type, mode, uid, gid, heads } = node;
  return {
    path: pathOf(replica, place),
    ...{ inode, type, hasName, mode, uid, gid },
    kind: isVersion || (hasName && isOneFile) ? 'version' : 'thing',
    user: device === undefined ? null : replica.parts.logs.authorOf(device).user,
    device: device ?? null,
    changedAtMs: changedAtMs(node),
    size: heads[0]?.size ?? 0,
    residentBytes:
      type === 'file' ? content.residentBytes(inode as number as FileId, heads[0] ?? null) : 0,
  };
}

/** A version says when it was made; of the rest the tree knows when it changed. */
function changedAtMs({ heads, ctime }: Node): number {
  return heads[0]?.id.millis ?? ctime.seconds * 1000 + Math.floor(ctime.nanoseconds / 1e6);
}
