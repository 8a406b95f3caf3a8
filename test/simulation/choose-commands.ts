import { rootInode, type InodeId } from '../../src/metadata/ids.ts';
import type { NodeType } from '../../src/metadata/node.ts';
import { fromName } from '../support/world/path-names.ts';
import type { WorldPeer } from '../support/world/world-peer.ts';
import type { Action } from './action.ts';
import type { Command } from './command.ts';

interface Seen {
  readonly path: string;
  readonly type: NodeType;
  readonly depth: number;
}

/** Deeper than this nothing is made, so that renames into each other do not grow without end. */
const maximumDepth = 6;

/** With more than so many entries, what would make another one removes one. */
const maximumEntries = 60;

const largeBytes = 150_000;

/** What the action comes to with what this peer shows now; nothing when there is nothing to do it to. */
export function chooseCommands(peer: WorldPeer, action: Action, token: string): readonly Command[] {
  const seen = [...entriesBelow(peer, rootInode, '', 1)];
  const isCrowded = seen.length > maximumEntries && makesSomething.has(action.kind);
  return new Choice(seen, isCrowded ? { ...action, kind: 'unlink' } : action, token).commands();
}

const makesSomething: ReadonlySet<Action['kind']> = new Set([
  ...(['write', 'write-same', 'write-large', 'mkdir', 'link', 'symlink', 'fifo'] as const),
]);

function* entriesBelow(
  peer: WorldPeer,
  directory: InodeId,
  path: string,
  depth: number,
): Generator<Seen> {
  const entries = [...peer.run.replica.entriesAfter(directory, 2)].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  for (const { name, inode, type } of entries) {
    const below = `${path}/${fromName(name)}`;
    yield { path: below, type, depth };
    if (type === 'directory') yield* entriesBelow(peer, inode, below, depth + 1);
  }
}

/** What may be done, with what there is to be seen. */
class Choice {
  readonly #seen: readonly Seen[];
  readonly #action: Action;
  readonly #token: string;

  constructor(seen: readonly Seen[], action: Action, token: string) {
    this.#seen = seen;
    this.#action = action;
    this.#token = token;
  }

  commands(): readonly Command[] {
    return this.#commandsByKind[this.#action.kind]();
  }

  readonly #commandsByKind: Readonly<Record<Action['kind'], () => readonly Command[]>> = {
    write: () => this.#writing(this.#token),
    'write-same': () => this.#writing('the same everywhere'),
    'write-large': () => this.#writing(this.#token + '.'.repeat(largeBytes) + this.#token),
    append: () => this.#toFile((path) => [{ kind: 'append', path, text: this.#token }]),
    'write-at': () =>
      this.#toFile((path) => [
        { kind: 'write-at', path, position: this.#action.second % 40, text: this.#token },
      ]),
    truncate: () =>
      this.#toFile((path) => [{ kind: 'truncate', path, size: this.#action.second % 60 }]),
    save: () => this.#saving(this.#token),
    read: () => this.#toFile((path) => [{ kind: 'read', path }]),
    mkdir: () => [{ kind: 'mkdir', path: this.#newPath() }],
    fifo: () => [{ kind: 'fifo', path: this.#newPath() }],
    symlink: () => [{ kind: 'symlink', path: this.#newPath(), target: `../${this.#action.name}` }],
    rmdir: () => this.#to(this.#directories(), (path) => [{ kind: 'rmdir', path }]),
    'remove-tree': () => this.#to(this.#directories(), (path) => this.#removal(path)),
    unlink: () => this.#to(this.#nonDirectories(), (path) => [{ kind: 'unlink', path }]),
    link: () => this.#toFile((path) => [{ kind: 'link', path, to: this.#newPath() }]),
    rename: () => this.#to(this.#seen, (path) => this.#renaming(path, this.#newPath())),
    'rename-over': () => this.#pair((path, to) => this.#renaming(path, to)),
    'rename-deep': () =>
      this.#to(this.#directories(), (path) => this.#renaming(path, this.#newPath(3))),
    exchange: () => this.#pair((path, to) => [{ kind: 'exchange', path, to }]),
    swap: () => this.#swapping(),
    chmod: () =>
      this.#to(this.#seen, (path, type) =>
        type === 'symlink' ? [] : [{ kind: 'chmod', path, mode: this.#anyMode() }],
      ),
    chown: () =>
      this.#to(this.#seen, (path) => [
        { kind: 'chown', path, uid: 1000 + (this.#action.second % 5) },
      ]),
    touch: () =>
      this.#to(this.#seen, (path) => [{ kind: 'touch', path, seconds: this.#action.second }]),
    setxattr: () =>
      this.#toFile((path) => [
        { kind: 'setxattr', path, name: this.#xattr(), value: String(this.#action.second) },
      ]),
    removexattr: () => this.#toFile((path) => [{ kind: 'removexattr', path, name: this.#xattr() }]),
    'unlink-conflict': () => this.#to(this.#conflicts(), (path) => [{ kind: 'unlink', path }]),
    'rename-conflict': () =>
      this.#to(this.#conflicts(), (path) => this.#renaming(path, this.#newPath())),
    'append-conflict': () =>
      this.#to(this.#conflicts(), (path) => [{ kind: 'append', path, text: this.#token }]),
  };

  /** Mostly into what is there: that is where things collide. */
  #writing(text: string): readonly Command[] {
    const { second, fsync } = this.#action;
    const there = pick(this.#files(), this.#action.first);
    const path = there !== undefined && second % 2 === 0 ? there.path : this.#newPath();
    return [{ kind: 'write', path, text, fsync }];
  }

  /** As editors do: a new file takes the old one's name. */
  #saving(text: string): readonly Command[] {
    return this.#toFile((path) => {
      const beside = `${path.slice(0, path.lastIndexOf('/'))}/.save`;
      return [
        { kind: 'write', path: beside, text, fsync: this.#action.fsync },
        ...this.#renaming(beside, path),
      ];
    });
  }

  /** Two names change places by way of a third one. */
  #swapping(): readonly Command[] {
    return this.#pair((one, other) => {
      const aside = `${one.slice(0, one.lastIndexOf('/'))}/.aside`;
      return [
        ...this.#renaming(one, aside),
        ...this.#renaming(other, one),
        ...this.#renaming(aside, other),
      ];
    });
  }

  #renaming(path: string, to: string): readonly Command[] {
    return [{ kind: 'rename', path, to }];
  }

  /** Modes with which everybody may go on to write. */
  #anyMode(): number {
    return this.#action.second % 2 === 0 ? 0o777 : 0o1777;
  }

  #xattr(): string {
    return `user.${this.#action.name.slice(0, 1)}`;
  }

  /** As `rm -r`. */
  #removal(path: string): readonly Command[] {
    return this.#seen
      .filter((other) => other.path === path || other.path.startsWith(`${path}/`))
      .reverse()
      .map(({ path: below, type }) => ({
        kind: type === 'directory' ? 'rmdir' : 'unlink',
        path: below,
      }));
  }

  #newPath(deeper = 0): string {
    const { first, second, name } = this.#action;
    const parents = [
      '',
      ...this.#directories()
        .filter(({ depth }) => depth < maximumDepth)
        .map(({ path }) => path),
    ];
    return `${parents[(first * 7 + second + deeper) % parents.length] ?? ''}/${name}`;
  }

  #directories(): readonly Seen[] {
    return this.#seen.filter(({ type }) => type === 'directory');
  }

  #nonDirectories(): readonly Seen[] {
    return this.#seen.filter(({ type }) => type !== 'directory');
  }

  #files(): readonly Seen[] {
    return this.#seen.filter(({ type }) => type === 'file');
  }

  #conflicts(): readonly Seen[] {
    return this.#files().filter(({ path }) => path.includes('(conflict, '));
  }

  #toFile(make: (path: string) => readonly Command[]): readonly Command[] {
    return this.#to(this.#files(), make);
  }

  #to(
    among: readonly Seen[],
    make: (path: string, type: NodeType) => readonly Command[],
  ): readonly Command[] {
    const chosen = pick(among, this.#action.first);
    return chosen === undefined ? [] : make(chosen.path, chosen.type);
  }

  #pair(make: (one: string, other: string) => readonly Command[]): readonly Command[] {
    const one = pick(this.#seen, this.#action.first);
    const other = pick(this.#seen, this.#action.second);
    return one === undefined || other === undefined || one === other
      ? []
      : make(one.path, other.path);
  }
}

function pick<T>(items: readonly T[], number: number): T | undefined {
  return items[number % Math.max(1, items.length)];
}
