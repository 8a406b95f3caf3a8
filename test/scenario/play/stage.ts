import type { NodeType } from '../../../src/metadata/node.ts';
import type { Person } from '../language/scenario.ts';

/** Where a scenario is played: in memory, or on real mounts. */
export interface Stage {
  readonly people: readonly Person[];
  readonly hands: (who: Person) => Hands;
  /** Milliseconds since 1970, of the true time. */
  readonly nowMs: () => number;
  readonly uidOf: (who: Person) => number;
  /** Only people of one group reach each other; returns when that is so. Everybody is in one of them. */
  readonly connect: (groups: readonly (readonly Person[])[]) => Promise<void>;
  /** Clean end, and what follows it. */
  readonly stop: (who: Person) => Promise<void>;
  readonly start: (who: Person) => Promise<void>;
  /** `kill -9`. */
  readonly crash: (who: Person) => Promise<void>;
  readonly advance: (byMs: number) => Promise<void>;
  /** The next action has a later time than those before, if only just; nobody hears of anything because of that. */
  readonly tick: (isAtOnce: boolean) => Promise<void>;
  readonly setClock: (who: Person, aheadMs: number) => void;
  /** Everybody has all that is known to those whom he reaches. */
  readonly settle: () => Promise<void>;
  /** What `peerfuse conflicts` does. */
  readonly conflicts: (who: Person) => Promise<string[]>;
  readonly take: (who: Person, path: string) => Promise<void>;
  readonly keepBoth: (who: Person, path: string) => Promise<void>;
  /** A file on the person's disk, outside of the tree: what was kept for him of his work below this path that the tree does not have. */
  readonly keptFile: (who: Person, path: string) => string;
  /** Looks for damage; what was found, as sentences. */
  readonly check: () => Promise<string[]>;
}

/**
 * What a person's programs do in the scenario's folder, by paths of raw bytes. Rejects with an error that has the system's `code`.
 */
export interface Hands {
  /** Where programs find the scenario's folder; undefined when it is in memory only. */
  readonly directory: string | undefined;
  readonly open: (path: string, how: HowToOpen, mode?: number) => Promise<OpenFile>;
  readonly truncate: (path: string, size: number) => Promise<void>;
  readonly mkdir: (path: string, mode?: number) => Promise<void>;
  readonly rmdir: (path: string) => Promise<void>;
  readonly unlink: (path: string) => Promise<void>;
  readonly rename: (path: string, newPath: string) => Promise<void>;
  readonly exchange: (path: string, otherPath: string) => Promise<void>;
  readonly link: (path: string, newPath: string) => Promise<void>;
  readonly symlink: (target: string, path: string) => Promise<void>;
  readonly mknod: (path: string, type: SpecialType) => Promise<void>;
  readonly chmod: (path: string, mode: number) => Promise<void>;
  readonly chown: (path: string, uid: number, gid: number) => Promise<void>;
  readonly touch: (path: string, seconds: number) => Promise<void>;
  readonly setXattr: (path: string, name: string, value: string) => Promise<void>;
  readonly removeXattr: (path: string, name: string) => Promise<void>;
  /** The path and everything below it; the folder itself comes first, as ''. */
  readonly look: (path?: string) => Promise<Seen[]>;
  /** The same in the same order, without the bytes. */
  readonly list: (path: string) => Promise<Pick<Seen, 'path' | 'type'>[]>;
}

/** `write` makes the file or empties it; `change` and `append` do neither nor; `append` makes it. */
export type HowToOpen = 'read' | 'write' | 'append' | 'change';

export type SpecialType = Extract<
  NodeType,
  'fifo' | 'socket' | 'character-device' | 'block-device'
>;

export interface OpenFile {
  readonly write: (bytes: Buffer, position: number) => Promise<void>;
  readonly read: () => Promise<Buffer>;
  readonly sync: () => Promise<void>;
  readonly close: () => Promise<void>;
  /** The daemon that it was open with is gone, and what could be done with it. */
  readonly abandon: () => Promise<void>;
}

/** What somebody sees at a path. */
export interface Seen {
  readonly path: string;
  readonly type: NodeType;
  readonly inode: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
  readonly size: number;
  /** Seconds. */
  readonly mtime: number;
  readonly target: string;
  /** Undefined when it is none, or may not be read. */
  readonly content: Buffer | undefined;
  /** A file or directory that may not be read. */
  readonly isClosed: boolean;
  /** Without Peerfuse's own. */
  readonly xattrs: ReadonlyMap<string, string>;
  /** `user.peerfuse.state`. */
  readonly state: string;
}
