import type { DeviceId } from '../identity/ids.ts';
import type { ContentStore } from '../content/content-store.ts';
import type { Version } from '../content/version.ts';
import type { InodeId } from '../metadata/ids.ts';
import type { Head, Time } from '../metadata/node.ts';
import type { Acting } from '../metadata/operation.ts';
import type { Replica } from '../metadata/replica.ts';
import type { Stamp } from '../metadata/stamp.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { FileSystemLimits } from './limits.ts';
import type { UserNumbers } from './shown-numbers.ts';
import type { Room } from './scarce-room.ts';

export interface FileSystemOptions {
  readonly replica: Replica;
  readonly content: ContentStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly identity: NetIdentity | LanIdentity;
  /** Keeps what its author had no right to. Absent where nobody else is ever connected. */
  readonly rescue?: Rescue;
  /** Absent where nobody else is ever connected. */
  readonly inTouch?: InTouch;
  /** Devices that are known to be in the network, whether or not they have done anything yet. */
  readonly knownDevices?: () => Iterable<DeviceId>;
  /** Absent where the disk has room for everything. */
  readonly room?: Room;
  /** A directory on the disk that this peer writes to. */
  readonly home: string;
  /** What is left out is as in `defaultFileSystemLimits`. */
  readonly limits?: Partial<FileSystemLimits>;
}

export interface NetIdentity {
  readonly flavour: 'net';
  /** The user of this device. Read at every request; `gids` holds his own group, whose number is his uid. */
  readonly user: Acting;
  /** As whom he is known on this machine; left out: under the network's number. */
  readonly local?: UserNumbers;
}

/** The kernel checks rights on such mounts, so they need `default_permissions`. */
export interface LanIdentity {
  readonly flavour: 'lan';
}

/** What becomes of bytes that were written here and that the tree does not take. */
export interface Rescue {
  /** The bytes of a version that its author had no right to are about to be put under the version's own number. */
  setAside(inode: InodeId, version: Head): void;
  /** Keeps what was written and cannot be published, as it is here: on the disk itself when this resolves. */
  keepUnpublished(inode: InodeId, version: Version, mtime: Time): Promise<void>;
  /** What is here under a number that the tree does not know was kept elsewhere, and may be freed. */
  isGivenUp(inode: InodeId): boolean;
}

/**
 * Whether the author of an operation was connected with this machine when he made it, and has been since `sinceMs` of the clock that
 * never goes back. False where that is not certain.
 */
export type InTouch = (made: Stamp, sinceMs: number) => boolean;
