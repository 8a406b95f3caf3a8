import type { ContentStore } from '../content/content-store.ts';
import type { InodeId } from '../metadata/ids.ts';
import type { Head, Node } from '../metadata/node.ts';
import type { Replica } from '../metadata/replica.ts';
import type { Actors } from './context.ts';
import { fileIdOf } from './file-id.ts';
import type { OpenFile } from './open-file.ts';
import { unusedByKernel } from './passthrough/kernel-use.ts';
import { versionHere } from './versions-apart.ts';

/** The files in use, one record each. A file with unpublished changes stays here after its last handle is gone. */
export class OpenFiles {
  readonly #content: ContentStore;
  readonly #replica: Replica;
  readonly #publisherOf: Actors['publisherOf'];
  readonly #files = new Map<InodeId, OpenFile>();
  readonly #closed: (inode: InodeId) => void;

  /** `closed` is told when nobody uses a file any more. */
  constructor(
    content: ContentStore,
    replica: Replica,
    publisherOf: Actors['publisherOf'],
    closed: (inode: InodeId) => void,
  ) {
    this.#content = content;
    this.#replica = replica;
    this.#publisherOf = publisherOf;
    this.#closed = closed;
  }

  get(inode: InodeId): OpenFile | undefined {
    return this.#files.get(inode);
  }

  /** Counts a use, until `release`. `former` are versions on which the bytes here may be based although the tree has left them. */
  acquire(node: Node, former: readonly Head[] = []): OpenFile {
    const file = this.#files.get(node.inode) ?? this.#open(node, former);
    file.uses++;
    return file;
  }

  release(file: OpenFile): void {
    file.uses--;
    this.closeIfIdle(file);
  }

  closeIfIdle(file: OpenFile): void {
    if (file.uses > 0 || file.unpublished || this.#files.get(file.inode) !== file) return;
    this.#files.delete(file.inode);
    file.content.close();
    this.#closed(file.inode);
  }

  #open(node: Node, former: readonly Head[]): OpenFile {
    const base = versionHere({ content: this.#content, replica: this.#replica }, node, former);
    const elsewhere = node.conflictOf ?? node.mergedInto ?? node.departedFrom;
    const content = this.#content.open(
      fileIdOf(node.inode),
      base,
      elsewhere === null ? undefined : fileIdOf(elsewhere),
    );
    const file: OpenFile = {
      inode: node.inode,
      content,
      uses: 0,
      base,
      alsoSupersedes: [],
      changedSinceMs: content.dirty ? -Infinity : null,
      pendingMtime: null,
      writer: this.#publisherOf(node),
      clearsPrivileges: false,
      mayHavePrivileges: true,
      mayNotPublish: false,
      pendingTimesTold: false,
      unpublished: false,
      kernelUse: unusedByKernel(),
      bringing: undefined,
      timesBefore: null,
      writesUnderWay: null,
      turn: null,
      adoptNotBeforeMs: 0,
    };
    this.#files.set(node.inode, file);
    return file;
  }
}
