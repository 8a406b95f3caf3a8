import type { ContentStore } from '../content/content-store.ts';
import type { InodeId } from '../metadata/ids.ts';
import type { Node } from '../metadata/node.ts';
import { fileIdOf } from './file-id.ts';
import type { OpenFile } from './open-file.ts';

/** The files in use, one record each. A file with unpublished changes stays here after its last handle is gone. */
export class OpenFiles {
  readonly #content: ContentStore;
  readonly #files = new Map<InodeId, OpenFile>();
  readonly #closed: (inode: InodeId) => void;

  /** `closed` is told when nobody uses a file any more. */
  constructor(content: ContentStore, closed: (inode: InodeId) => void) {
    this.#content = content;
    this.#closed = closed;
  }

  get(inode: InodeId): OpenFile | undefined {
    return this.#files.get(inode);
  }

  /** Counts a use, until `release`. */
  acquire(node: Node): OpenFile {
    const file = this.#files.get(node.inode) ?? this.#open(node);
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

  #open(node: Node): OpenFile {
    const base = node.heads[0] ?? null;
    const file: OpenFile = {
      inode: node.inode,
      content: this.#content.open(fileIdOf(node.inode), base),
      uses: 0,
      base,
      pendingMtime: null,
      writer: { uid: node.uid, gids: [node.gid] },
      clearsPrivileges: false,
      mayHavePrivileges: true,
      pendingTimesTold: false,
      unpublished: false,
      writesUnderWay: null,
      turn: null,
      adoptNotBeforeMs: 0,
    };
    this.#files.set(node.inode, file);
    return file;
  }
}
