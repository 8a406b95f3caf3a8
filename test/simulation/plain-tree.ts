import type { NodeType } from '../../src/metadata/node.ts';
import type { DescribedEntry } from '../support/world/tree.ts';
import type { Command } from './command.ts';

interface PlainNode {
  readonly type: NodeType;
  mode: number;
  uid: number;
  gid: number;
  bytes: Buffer;
  readonly target: string;
  readonly xattrs: Map<string, string>;
  readonly entries: Map<string, PlainNode>;
}

const kindsThatMake: ReadonlySet<Command['kind']> = new Set(['mkdir', 'fifo', 'symlink']);
const kindsOfBytes: ReadonlySet<Command['kind']> = new Set([
  ...(['write', 'append', 'write-at', 'truncate', 'read'] as const),
]);

/** What of an entry the model has an opinion about. */
export type PlainEntry = Pick<
  DescribedEntry,
  'path' | 'type' | 'mode' | 'uid' | 'gid' | 'text' | 'target' | 'xattrs'
>;

/** What a file system comes to, written as plainly as can be: objects in memory that share nothing with the real one. */
export class PlainTree {
  readonly #root = newNode('directory', 0, 0);
  readonly #uid: number;

  /** As a peer shows it now. `uid` is whoever works on it. */
  constructor(entries: readonly DescribedEntry[], uid: number) {
    this.#uid = uid;
    const nodes = new Map<number, PlainNode>();
    for (const entry of entries) {
      const node = nodes.get(entry.inode) ?? nodeOf(entry);
      nodes.set(entry.inode, node);
      const { folder, name } = split(entry.path);
      this.#find(folder)?.entries.set(name, node);
    }
  }

  /** False when a file system refuses it. */
  apply(command: Command): boolean {
    const { folder, name } = split(command.path);
    const parent = this.#find(folder);
    if (parent?.type !== 'directory') return false;
    const node = parent.entries.get(name);
    if (node !== undefined) return this.#applyTo(node, parent, name, command);
    return this.#make(parent, name, command);
  }

  entries(): PlainEntry[] {
    return [...describe(this.#root, '')];
  }

  #make(parent: PlainNode, name: string, command: Command): boolean {
    const made = this.#made(command);
    if (made !== undefined) parent.entries.set(name, made);
    return made !== undefined;
  }

  #made(command: Command): PlainNode | undefined {
    const { kind } = command;
    if (kind === 'mkdir') return newNode('directory', 0o777, this.#uid);
    if (kind === 'fifo') return newNode('fifo', 0o666, this.#uid);
    if (kind === 'symlink') return newNode('symlink', 0o777, this.#uid, command.target);
    if (kind !== 'write' && kind !== 'append') return undefined;
    const file = newNode('file', 0o666, this.#uid);
    file.bytes = Buffer.from(command.text);
    return file;
  }

  #applyTo(node: PlainNode, parent: PlainNode, name: string, command: Command): boolean {
    const { kind } = command;
    if (kindsThatMake.has(kind)) return false;
    if (kindsOfBytes.has(kind)) return node.type === 'file' && changeBytes(node, command);
    if (kind === 'unlink') return node.type !== 'directory' && parent.entries.delete(name);
    if (kind === 'rmdir') {
      return node.type === 'directory' && node.entries.size === 0 && parent.entries.delete(name);
    }
    if (kind === 'rename' || kind === 'exchange' || kind === 'link') {
      return this.#place(node, parent, name, command);
    }
    return changeAttributes(node, command);
  }

  #place(
    node: PlainNode,
    parent: PlainNode,
    name: string,
    { kind, to }: Extract<Command, { to: string }>,
  ): boolean {
    const { folder, name: newName } = split(to);
    const newParent = this.#find(folder);
    if (newParent?.type !== 'directory') return false;
    const there = newParent.entries.get(newName);
    if (kind === 'link') {
      return (
        node.type !== 'directory' &&
        there === undefined &&
        newParent.entries.set(newName, node) !== undefined
      );
    }
    if (isWithin(newParent, node)) return false;
    if (kind === 'exchange') {
      if (there === undefined || isWithin(parent, there)) return false;
      parent.entries.set(name, there);
    } else {
      if (there === node) return true;
      if (there !== undefined && !mayReplace(node, there)) return false;
      parent.entries.delete(name);
    }
    newParent.entries.set(newName, node);
    return true;
  }

  #find(names: readonly string[]): PlainNode | undefined {
    let node: PlainNode | undefined = this.#root;
    for (const name of names) node = node?.entries.get(name);
    return node;
  }
}

/** What a peer shows, as the model would say it. What Peerfuse itself says of a file in its attributes is left out. */
export function plainEntries(entries: readonly DescribedEntry[]): PlainEntry[] {
  return entries.map(({ path, type, mode, uid, gid, text, target, xattrs }) => ({
    ...{ path, type, mode, uid, gid, text, target },
    xattrs: Object.fromEntries(
      Object.entries(xattrs).filter(([name]) => !name.startsWith('user.peerfuse.')),
    ),
  }));
}

function changeBytes(node: PlainNode, command: Command): boolean {
  if (command.kind === 'write') node.bytes = Buffer.from(command.text);
  if (command.kind === 'append') {
    node.bytes = Buffer.concat([node.bytes, Buffer.from(command.text)]);
  }
  if (command.kind === 'truncate') node.bytes = resized(node.bytes, command.size);
  if (command.kind === 'write-at') {
    const data = Buffer.from(command.text);
    node.bytes = resized(node.bytes, Math.max(node.bytes.length, command.position + data.length));
    data.copy(node.bytes, command.position);
  }
  return true;
}

function changeAttributes(node: PlainNode, command: Command): boolean {
  if (command.kind === 'chmod') node.mode = command.mode;
  if (command.kind === 'chown') node.uid = command.uid;
  if (command.kind === 'chown') node.gid = command.uid;
  if (command.kind === 'setxattr') node.xattrs.set(command.name, command.value);
  if (command.kind === 'removexattr') return node.xattrs.delete(command.name);
  return true;
}

function mayReplace(node: PlainNode, there: PlainNode): boolean {
  if (node.type !== 'directory') return there.type !== 'directory';
  return there.type === 'directory' && there.entries.size === 0;
}

function isWithin(folder: PlainNode, ancestor: PlainNode): boolean {
  if (folder === ancestor) return true;
  return [...ancestor.entries.values()].some((child) => isWithin(folder, child));
}

function resized(bytes: Buffer, size: number): Buffer {
  const result = Buffer.alloc(size);
  bytes.copy(result);
  return result;
}

function newNode(type: NodeType, mode: number, uid: number, target = ''): PlainNode {
  return {
    ...{ type, mode, uid, gid: uid, target, bytes: Buffer.alloc(0) },
    xattrs: new Map(),
    entries: new Map(),
  };
}

function nodeOf(entry: DescribedEntry): PlainNode {
  const [{ type, mode, uid, gid, target, text, xattrs } = entry] = plainEntries([entry]);
  const node = newNode(type, mode, uid, target);
  node.gid = gid;
  node.bytes = Buffer.from(text);
  for (const [name, value] of Object.entries(xattrs)) node.xattrs.set(name, value);
  return node;
}

function* describe(folder: PlainNode, path: string): Generator<PlainEntry> {
  const names = [...folder.entries.keys()].sort();
  for (const name of names) {
    const node = folder.entries.get(name);
    if (node === undefined) continue;
    const { type, mode, uid, gid, target, bytes, xattrs } = node;
    const below = `${path}/${name}`;
    const sorted = [...xattrs].sort(([one], [other]) => (one < other ? -1 : 1));
    yield {
      ...{ path: below, type, mode, uid, gid, text: bytes.toString(), target },
      xattrs: Object.fromEntries(sorted),
    };
    yield* describe(node, below);
  }
}

function split(path: string): { folder: string[]; name: string } {
  const folder = path.split('/').filter((part) => part !== '');
  const name = folder.pop() ?? '';
  return { folder, name };
}
