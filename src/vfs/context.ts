import type { ContentStore } from '../content/content-store.ts';
import type { InodeId } from '../metadata/ids.ts';
import type { Head, Node } from '../metadata/node.ts';
import type { Acting, OperationFields } from '../metadata/operation.ts';
import type { Replica } from '../metadata/replica.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Access } from './access.ts';
import type { Arrangements } from './arrangements.ts';
import type { AttributesView } from './attributes-view.ts';
import type { AttributeChange, Caller, ChangeObserver } from './file-system.ts';
import type { InodeReferences } from './inode-references.ts';
import type { FileSystemLimits } from './limits.ts';
import type { NamelessFiles } from './nameless-files.ts';
import type { OpenFile } from './open-file.ts';
import type { OpenFiles } from './open-files.ts';
import type { InTouch, Rescue } from './options.ts';
import type { Passthrough } from './passthrough/passthrough.ts';
import type { FileLocking } from './operations/lock.ts';
import type { Publisher } from './publisher.ts';
import type { RecentPublications } from './recent-publications.ts';
import type { RemovedContent } from './removed-content.ts';
import type { ShownNumbers } from './shown-numbers.ts';

/** What the operations work on. Built once, in create-file-system.ts. */
export interface Context extends PublishingContext {
  readonly publisher: Publisher;
  readonly locks: FileLocking;
  readonly arrangements: Arrangements;
  readonly passthrough: Passthrough;
}

/** What is needed to keep files and the tree in step. */
export interface PublishingContext {
  readonly replica: Replica;
  readonly content: ContentStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: FileSystemLimits;
  readonly access: Access;
  readonly actors: Actors;
  readonly shown: ShownNumbers;
  readonly references: InodeReferences;
  readonly files: OpenFiles;
  /** Files without a name, and a look at all others. */
  readonly nameless: NamelessFiles;
  readonly attributes: AttributesView;
  readonly removed: RemovedContent;
  /** All that observe. */
  readonly observer: ChangeObserver;
  /** Files that changed elsewhere while nobody had them open: the kernel must drop its pages at the next open. */
  readonly stalePages: Set<InodeId>;
  /** Files whose bytes may belong elsewhere since a merge, with the versions that they had before. */
  readonly formerVersions: Map<InodeId, readonly Head[]>;
  readonly recentPublications: RecentPublications;
  readonly inTouch: InTouch;
  readonly rescue: Rescue | undefined;
  /** The file has changes: they are published soon, and it stays in use until then. */
  publishLater(file: OpenFile): void;
  /** Does an operation of the log; throws the PosixError of its refusal. */
  perform(acting: Acting, fields: OperationFields): void;
}

/** In whose name requests act. */
export interface Actors {
  actingOf(caller: Caller): Acting;
  /** In whose name a file's changes are published when nobody is known to have made them: they are from before the start. */
  publisherOf(node: Node): Acting;
  /** The group of what he creates, but in a directory that hands down its own. */
  groupOf(caller: Caller): number;
  /** The change as the tree is to make it: numbers that mean something on this machine only are replaced. */
  ownersOf(caller: Caller, change: AttributeChange): AttributeChange;
}
