import type { InodeId } from '../metadata/ids.ts';
import type { Head } from '../metadata/node.ts';
import type { OperationFields, Acting } from '../metadata/operation.ts';
import { localProcessActors, networkUserActors } from './actors.ts';
import { Arrangements } from './arrangements.ts';
import { AttributesView } from './attributes-view.ts';
import { bindOperations } from './bind-operations.ts';
import type { Context } from './context.ts';
import { createDiskStatistics } from './disk-statistics.ts';
import { posixFailure } from './failure.ts';
import type { ChangeObserver, FileSystem } from './file-system.ts';
import { InodeReferences } from './inode-references.ts';
import { kernelAccess } from './kernel-access.ts';
import { defaultFileSystemLimits } from './limits.ts';
import { dropNameless, NamelessFiles } from './nameless-files.ts';
import { networkAccess } from './network-access.ts';
import { LockCoherence } from './lock-coherence.ts';
import { Observers } from './observers.ts';
import { FileLocking } from './operations/lock.ts';
import type { OpenFile } from './open-file.ts';
import { OpenFiles } from './open-files.ts';
import type { FileSystemOptions } from './options.ts';
import { posixErrors } from './posix-error.ts';
import type { KernelBackings } from './passthrough/kernel-backings.ts';
import { Passthrough } from './passthrough/passthrough.ts';
import { followWhenBehind } from './follow-versions.ts';
import { Publisher } from './publisher.ts';
import { RecentPublications } from './recent-publications.ts';
import { RemovedContent } from './removed-content.ts';
import { equalNumbers, swappedNumbers, type ShownNumbers } from './shown-numbers.ts';
import { publishLeftovers } from './leftovers.ts';
import { withRoom } from './scarce-room.ts';
import { followTree } from './tree-changes.ts';
import { isAwaited, nodeWithContent } from './versions-apart.ts';

/** A file system that runs: what the daemon needs of it besides requests. */
export interface RunningFileSystem extends FileSystem {
  /** For whoever grants locks. */
  readonly coherence: LockCoherence;
  /** From now on the observer is told what requests did not cause. */
  observe(observer: ChangeObserver): void;
  /** From now on the kernel of the mount may read by itself what is here as a whole. */
  passThrough(backings: KernelBackings): void;
  /** Files written to whose publication waits. */
  readonly unpublishedFiles: number;
  /** Somebody has it open, or changes of it wait to be published. */
  isInUse(inode: InodeId): boolean;
  /** The bytes under this number may be those of the versions, and belong where the tree shows these. */
  rearrange(inode: InodeId, versions: readonly Head[]): void;
  /** What kept the bytes of this number may be gone. */
  considerRemoved(inode: InodeId): void;
  /** Publishes all that was written. Tries every file; rejects with the first failure. */
  publishAll(): Promise<void>;
  /** Publishes what can be, frees what is removed, and stops. Requests may not come any more. The replica and the content stay open. */
  close(): Promise<void>;
}

export function createFileSystem(options: FileSystemOptions): RunningFileSystem {
  const observers = new Observers();
  const { context, statistics } = buildContext(options, observers);
  publishLeftovers(context);
  for (const inode of filesWithVersionsApart(options)) context.arrangements.add(inode, []);
  const swept = context.removed.considerStored().catch((error: unknown) => {
    options.logger.warn({ error }, 'bytes of removed files could not be looked for');
  });
  return {
    ...bindOperations(context, statistics),
    coherence: new LockCoherence(context),
    observe: (observer) => observers.add(observer),
    passThrough: (backings) => context.passthrough.begin(backings),
    get unpublishedFiles() {
      return context.publisher.waiting;
    },
    publishAll: () => context.publisher.publishAll(),
    isInUse: (inode) => context.files.get(inode) !== undefined,
    rearrange: (inode, versions) => context.arrangements.add(inode, versions),
    considerRemoved: (inode) => context.removed.consider(inode),
    close: () => close(context, swept),
  };
}

/** What a merge left to be done when the daemon ended. */
function filesWithVersionsApart({ replica }: FileSystemOptions): InodeId[] {
  const files = new Set<InodeId>();
  for (const { inode } of replica.conflicts()) {
    const file = replica.node(inode)?.conflictOf ?? null;
    if (file !== null) files.add(file);
  }
  return [...files];
}

function buildContext(options: FileSystemOptions, observer: ChangeObserver) {
  const { replica, content, clock, logger, identity } = options;
  const limits = { ...defaultFileSystemLimits, ...options.limits };
  const { room = { isScarce: false } } = options;
  const isNet = identity.flavour === 'net';
  const shown = shownNumbers(identity);
  const actors = isNet ? networkUserActors(identity.user, shown) : localProcessActors;
  const references = new InodeReferences();
  const nameless = new NamelessFiles(replica);
  const files: OpenFiles = new OpenFiles(
    content,
    replica,
    (node) => actors.publisherOf(node),
    (inode) => {
      attributes.invalidate(inode);
      removed.consider(inode);
      dropNameless(parts, inode);
    },
  );
  const formerVersions = new Map<InodeId, readonly Head[]>();
  const attributes = new AttributesView(
    ...([nameless, content, files, shown, limits.cachedAttributes] as const),
  );
  const removed = new RemovedContent({
    replica,
    content,
    clock,
    logger,
    limits,
    references,
    files,
    room,
    knownDevices: options.knownDevices ?? (() => []),
    isAwaited: (inode) => isAwaited(formerVersions, inode) || context.arrangements.claims(inode),
    isGivenUp: (inode) => options.rescue?.isGivenUp(inode) ?? false,
  });
  const ownOperations: OwnOperations = { underWay: undefined };
  const parts = {
    ...{ replica, content, clock, logger, limits, references, files, removed, observer },
    access: isNet ? networkAccess : kernelAccess,
    ...{ actors, shown, attributes, nameless },
    formerVersions,
    recentPublications: new RecentPublications(clock),
    inTouch: options.inTouch ?? (() => false),
    rescue: options.rescue,
    publishLater: (file: OpenFile) => context.publisher.changed(file),
    stalePages: new Set<InodeId>(),
    perform(acting: Acting, fields: OperationFields): void {
      const changed = nameless.perform(fields);
      if (changed !== undefined) return attributes.invalidate(changed);
      withRoom(room, fields, () => perform(options, ownOperations, acting, fields));
      if (room.isScarce) removed.freeSoon();
    },
  };
  const context: Context = {
    ...parts,
    locks: new FileLocking((inode) => nodeWithContent(parts, inode)?.inode ?? inode, clock),
    publisher: new Publisher(parts),
    arrangements: new Arrangements(parts),
    passthrough: new Passthrough({
      clock,
      keep: (file) => file.uses++,
      release: (file) => files.release(file),
      changed: (file, mapper) => {
        // Perhaps: whether anything changed, and so when, is known once the blocks are hashed.
        file.writer = mapper;
        context.publisher.changed(file);
        // Neither its times nor what it may have cached before are what the kernel knows.
        if (references.has(file.inode)) observer.contentChanged(file.inode, 0, 0);
      },
      freed: (file) => followWhenBehind(context, file),
    }),
  };
  replica.onChange((changes, origin) =>
    followTree(context, changes, origin === 'local' ? ownOperations.underWay : undefined),
  );
  const statistics = createDiskStatistics(options.home, replica, clock, limits);
  return { context, statistics };
}

function shownNumbers(identity: FileSystemOptions['identity']): ShownNumbers {
  if (identity.flavour === 'lan' || identity.local === undefined) return equalNumbers;
  const { uid } = identity.user;
  return swappedNumbers({ uid, gid: uid }, identity.local);
}

interface OwnOperations {
  underWay: OperationFields | undefined;
}

// The change is told while the operation is performed, so that what others do on this machine can be told from it.
function perform(
  { replica, logger }: FileSystemOptions,
  ownOperations: OwnOperations,
  acting: Acting,
  fields: OperationFields,
): void {
  ownOperations.underWay = fields;
  try {
    const refusal = replica.perform(acting, fields);
    if (refusal === undefined) return;
    logger.debug({ kind: fields.kind, ...refusal }, 'the tree refused what was checked before');
    throw posixErrors[refusal.code];
  } catch (error) {
    throw posixFailure(error);
  } finally {
    ownOperations.underWay = undefined;
  }
}

async function close(context: Context, swept: Promise<void>): Promise<void> {
  context.passthrough.close();
  try {
    await context.publisher.publishAll();
  } catch (error) {
    context.logger.error({ error }, 'changes stay unpublished until the next start');
  }
  context.publisher.close();
  context.arrangements.close();
  // What is not in the log has been seen by nobody, and its bytes would have to stay.
  await context.replica.flush().catch(() => undefined);
  context.removed.close();
  await swept;
}
