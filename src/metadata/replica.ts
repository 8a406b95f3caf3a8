import type { DeviceId } from '../identity/ids.ts';
import type { InodeId } from './ids.ts';
import type { MergeProgress } from './merge/statistics.ts';
import type { Name } from './name.ts';
import type { Entry, Head, Node, NodeType, Time } from './node.ts';
import type { Acting, OperationFields } from './operation.ts';
import type { Stamp } from './stamp.ts';
import type { TreeChange } from './tree-change.ts';

/** How many batches of each device's log are known: the last sequence number by device. */
export type Frontier = ReadonlyMap<DeviceId, number>;

/** This peer's copy of the tree. Reads are synchronous and see every local operation at once. Nothing here waits for the network. */
export interface Replica {
  node(inode: InodeId): Node | undefined;
  entry(parent: InodeId, name: Name): Entry | undefined;
  /** Entries whose cookie is above `cookie`, in order. Stops when the consumer does; safe while entries come and go. */
  entriesAfter(directory: InodeId, cookie: number): Iterable<Entry>;
  isEmpty(directory: InodeId): boolean;
  /** The directory that holds this directory; the root's is the root. */
  parentOf(directory: InodeId): InodeId | undefined;
  /** Every name that leads to the inode; for a directory the one, for the root none. */
  placesOf(inode: InodeId): readonly Place[];
  xattr(inode: InodeId, name: Name): Buffer | undefined;
  xattrNames(inode: InodeId): readonly Name[];
  /** Names that stand beside the name that they wanted, since that was another's: of one name, or all there are. */
  conflicts(of?: Place): Iterable<Conflict>;
  /** The name that what is at this place stands beside; undefined for what stands where its author put it. */
  wantedName(place: Place): Name | undefined;
  counts(): { readonly inodes: number; readonly entries: number };

  /** Later than all that was done here and told before, earlier than what comes next: dates what is written until it is published. */
  now(): Time;
  /** A number for a node that this device is about to create. */
  newInode(): InodeId;
  /**
   * Does a local operation now: visible to reads when this returns; stamped, and signed and logged within a few milliseconds.
   * Returns the refusal when `apply` found that it may not be (the caller checked first, so that is a bug or a race with a merge).
   */
  perform(acting: Acting, fields: OperationFields): Refusal | undefined;
  /** Resolves when every operation performed before the call is in the signed log on the disk itself. Concurrent calls share a flush. */
  flush(): Promise<void>;
  /** Operations performed here that are not in the signed log yet. */
  readonly unsealed: number;

  frontier(): Frontier;
  /** How far each log is in the tree, but for what waits for its time because its author's clock is ahead. */
  appliedFrontier(): Frontier;
  /** Of the last operation in a device's log, as far as that is here; undefined while none is. */
  lastStampOf(device: DeviceId): Stamp | undefined;
  /** The versions that the author of a version saw; undefined for what is no version, or was folded away. */
  versionsBefore(version: Stamp): readonly Stamp[] | undefined;
  /** The file of whose versions one has this number, for showing it beside the file. */
  fileOfVersion(number: InodeId): InodeId | undefined;
  /** Versions of a file that were made here and that the tree does not have, as their author was not allowed to: the youngest first. */
  refusedVersions(file: InodeId): readonly Head[];
  /** Something that was done here to this node has no effect, as its author was not allowed to. */
  hasRefused(inode: InodeId): boolean;
  /** How far each log is here, with all that was performed; undefined while some of that is not in the log yet. */
  presentFrontier(): Frontier | undefined;
  /**
   * Whether all other devices but those that expired have said that they have seen this, and all that they did before is in the tree:
   * nothing can come that is unaware of it.
   * `others` are known to be there although they may not have said anything yet.
   */
  isSeenByAll(frontier: Frontier, others?: Iterable<DeviceId>): boolean;
  /**
   * Batches that a peer with `frontier` lacks, each device's in sequence, until `maximumBytes` are exceeded (at least one if any).
   * These are exactly the bytes that their author signed.
   */
  batchesSince(frontier: Frontier, maximumBytes: number): LoggedBatch[];
  /** The last batch of each device's log that is here on the disk itself. */
  logHeads(): LogHead[];
  /** The batch of this number in this device's log, if it is here and another one: then the device signed two histories. */
  otherThan(head: LogHead): Uint8Array | undefined;
  /** Operations in a device's log after this batch: what somebody who has the batch still lacks of that log. */
  operationsAfter(batch: BatchId): number;
  /**
   * Takes batches from a peer: checks form, chain and signature, logs them, applies them in stamp order. Known ones are ignored;
   * one that does not follow what is known is left out and reported as `missing`. Long merges yield to the event loop. Resolves when
   * all is in the tree; with `more`, when more will come at once, as soon as all is logged.
   */
  accept(
    batches: readonly Uint8Array[],
    from?: BatchSource,
    more?: boolean,
  ): Promise<AcceptOutcome>;
  /** How far the merge is that is going on; undefined when there is none. */
  readonly mergeProgress: MergeProgress | undefined;

  /** Every change of the visible tree, after it became visible; `origin` tells this machine's own operations from a merge. */
  onChange(listener: (changes: readonly TreeChange[], origin: 'local' | 'merge') => void): void;
  /** A batch became part of the local log (own or foreign) and can be told to peers. */
  onBatch(listener: (batch: Uint8Array, id: BatchId) => void): void;

  close(): Promise<void>;
}

/** The peer that batches come from. */
export interface BatchSource {
  readonly device: DeviceId;
  /** Devices of whom it says that they signed two histories, so that it takes nothing more of them itself. */
  readonly quarantined: ReadonlySet<DeviceId>;
}

/** A name in a directory, by the directory. */
export interface Place {
  readonly parent: InodeId;
  readonly name: Name;
}

/** A name that stands beside the one that it wanted: as a version of the file there (`Node.conflictOf`), or as a thing of its own. */
export interface Conflict extends Place {
  readonly wanted: Name;
  readonly inode: InodeId;
  readonly type: NodeType;
}

/** A batch with the bytes that its author signed. */
export interface LoggedBatch {
  readonly id: BatchId;
  readonly bytes: Uint8Array;
}

export interface BatchId {
  readonly device: DeviceId;
  readonly sequence: number;
}

/** A batch by the hash of its bytes. */
export interface LogHead extends BatchId {
  readonly hash: Buffer;
}

export interface AcceptOutcome {
  /** Batches that were new and are now logged. */
  readonly accepted: number;
  /** Operations applied, counting those without effect. */
  readonly operations: number;
  /** True when a batch was left out because an earlier one of its device is missing here. */
  readonly missing: boolean;
  /** Batches refused for good: malformed, bad signature, broken chain, unknown or revoked device, equivocation. */
  readonly refused: readonly { readonly id: BatchId | null; readonly reason: string }[];
}

/** Why an operation changes nothing: the errno name that the same request would have got, and a sentence. */
export interface Refusal {
  readonly code:
    | 'ENOENT'
    | 'EEXIST'
    | 'ENOTDIR'
    | 'EISDIR'
    | 'ENOTEMPTY'
    | 'EACCES'
    | 'EPERM'
    | 'EINVAL'
    | 'ESTALE'
    | 'EMLINK';
  readonly reason: string;
}
