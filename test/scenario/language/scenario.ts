// What a scenario says, after reading. Paths, names and contents are latin1 strings of raw bytes.

export const people = ['alice', 'bob', 'carol'] as const;
export type Person = (typeof people)[number];

export interface Scenario {
  readonly title: string;
  readonly file: string;
  /** Of its first line. */
  readonly line: number;
  readonly flavour: 'lan' | 'net';
  /** Everybody who has a part in it, in order. */
  readonly cast: readonly Person[];
  readonly steps: readonly Step[];
  /** Why it cannot run on real mounts, if it cannot. */
  readonly memoryOnly: string | undefined;
  /** Among those that run on real mounts in every test run. */
  readonly representative: boolean;
}

export type Step =
  Act | Together | ChangeOfPlace | Partition | Advance | Clock | Reads | Sees | Conflicts;

interface InFile {
  readonly line: number;
  /** As it stands there, for messages. */
  readonly text: string;
}

/** Somebody does something with files. */
export interface Act extends InFile {
  readonly kind: 'act';
  readonly who: Person;
  readonly verb: string;
  readonly words: readonly string[];
  /** The error that it must end with; `any` for whichever. Undefined: it must succeed. */
  readonly fails: string | undefined;
}

/** Steps between which nobody hears of anything. */
export interface Together extends InFile {
  readonly kind: 'together';
  readonly steps: readonly Step[];
}

export interface ChangeOfPlace extends InFile {
  readonly kind: 'offline' | 'online' | 'restart' | 'crash' | 'stop' | 'start';
  readonly who: readonly Person[] | 'everyone';
}

/** Those of different groups do not reach each other. */
export interface Partition extends InFile {
  readonly kind: 'partition';
  readonly groups: readonly (readonly Person[])[];
}

export interface Advance extends InFile {
  readonly kind: 'advance';
  readonly byMs: number;
}

/** How far somebody's clock is ahead of the true time; negative: behind. */
export interface Clock extends InFile {
  readonly kind: 'clock';
  readonly who: Person;
  readonly aheadMs: number;
}

export interface Reads extends InFile {
  readonly kind: 'reads';
  readonly who: readonly Person[] | 'everyone';
  /** Undefined: everything that there is, so that its bytes are on this person's disk. */
  readonly path: string | undefined;
  readonly content: string;
}

export interface Sees extends InFile {
  readonly kind: 'sees';
  readonly who: readonly Person[] | 'everyone';
  readonly entries: readonly ExpectedEntry[];
}

/** What `peerfuse conflicts list` names. */
export interface Conflicts extends InFile {
  readonly kind: 'conflicts';
  readonly who: readonly Person[] | 'everyone';
  readonly paths: readonly string[];
}

export interface ExpectedEntry extends InFile {
  readonly path: string;
  readonly type: 'directory' | 'file' | 'symlink' | 'fifo' | 'socket' | 'device';
  /** Undefined: whatever it is, as long as it is the same for all. */
  readonly content: string | undefined;
  readonly target: string | undefined;
  readonly mode: number | undefined;
  /** `UID:GID`, or a person. */
  readonly owner: string | undefined;
  /** Another path of the same file. */
  readonly same: string | undefined;
  readonly xattrs: ReadonlyMap<string, string>;
  readonly state: string | undefined;
  /** Seconds since 1970. */
  readonly mtime: number | undefined;
  /** Files that `fill` made in it, by the beginning of their names. */
  readonly filled: ReadonlyMap<string, number>;
  /** Nothing is said of what is in it. */
  readonly withAnything: boolean;
}
