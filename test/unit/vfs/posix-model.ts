import type { RenameMode } from '../../../src/vfs/file-system.ts';

// What POSIX says a file system does, as plainly as it can be written: a tree of objects in memory. It shares nothing with the real
// one, so that a mistake must be made twice to stay unseen.

export class ModelFile {
  readonly type = 'file';
  bytes: Buffer = Buffer.alloc(0);
  links = 0;
}

export class ModelDirectory {
  readonly type = 'directory';
  readonly entries = new Map<string, ModelNode>();
  parent: ModelDirectory | null;
  constructor(parent: ModelDirectory | null) {
    this.parent = parent;
  }

  get removed(): boolean {
    return this.parent === null;
  }
}

export type ModelNode = ModelFile | ModelDirectory;

/** Thrown by the model where the real one throws a PosixError. */
export class ModelError {
  readonly code: string;
  constructor(code: string) {
    this.code = code;
  }
}

export class PosixModel {
  readonly root = new ModelDirectory(null);

  constructor() {
    this.root.parent = this.root;
  }

  makeDirectory(parent: ModelDirectory, name: string): ModelDirectory {
    const made = new ModelDirectory(parent);
    add(parent, name, made);
    return made;
  }

  create(parent: ModelDirectory, name: string, exclusive: boolean): ModelFile {
    const there = parent.entries.get(name);
    if (there && exclusive) fail('EEXIST');
    if (there) return this.file(parent, name);
    const made = new ModelFile();
    add(parent, name, made);
    made.links = 1;
    return made;
  }

  file(parent: ModelDirectory, name: string): ModelFile {
    const there = parent.entries.get(name) ?? fail('ENOENT');
    return there.type === 'file' ? there : fail('EISDIR');
  }

  link(node: ModelFile, parent: ModelDirectory, name: string): void {
    if (parent.entries.has(name)) fail('EEXIST');
    if (parent.removed || node.links === 0) fail('ENOENT');
    parent.entries.set(name, node);
    node.links += 1;
  }

  unlink(parent: ModelDirectory, name: string): void {
    this.file(parent, name).links -= 1;
    parent.entries.delete(name);
  }

  removeDirectory(parent: ModelDirectory, name: string): void {
    const there = parent.entries.get(name) ?? fail('ENOENT');
    if (there.type !== 'directory') return fail('ENOTDIR');
    if (there.entries.size > 0) fail('ENOTEMPTY');
    there.parent = null;
    parent.entries.delete(name);
  }

  rename(
    from: ModelDirectory,
    name: string,
    to: ModelDirectory,
    newName: string,
    mode: RenameMode,
  ): void {
    const source = from.entries.get(name) ?? fail('ENOENT');
    const target = to.entries.get(newName);
    if (mode === 'no-replace' && target) fail('EEXIST');
    if (mode === 'exchange' && !target) fail('ENOENT');
    if (isWithin(to, source)) fail('EINVAL');
    if (isWithin(from, target)) fail(mode === 'exchange' ? 'EINVAL' : 'ENOTEMPTY');
    if (source === target) return;
    if (to.removed) fail('ENOENT');
    if (target && mode === 'exchange') {
      place(from, name, target);
    } else {
      if (target) replace(source, target);
      from.entries.delete(name);
    }
    place(to, newName, source);
  }
}

/** Bytes as after a write at a position: what lies between is zeros. */
export function overwritten(bytes: Buffer, position: number, data: Buffer): Buffer {
  const result = Buffer.alloc(Math.max(bytes.length, position + data.length));
  bytes.copy(result);
  data.copy(result, position);
  return result;
}

export function resized(bytes: Buffer, size: number): Buffer {
  const result = Buffer.alloc(size);
  bytes.copy(result);
  return result;
}

function add(parent: ModelDirectory, name: string, node: ModelNode): void {
  if (parent.entries.has(name)) fail('EEXIST');
  if (parent.removed) fail('ENOENT');
  parent.entries.set(name, node);
}

function replace(source: ModelNode, target: ModelNode): void {
  if (source.type === 'directory' && target.type !== 'directory') fail('ENOTDIR');
  if (source.type !== 'directory' && target.type === 'directory') fail('EISDIR');
  if (target.type === 'file') target.links -= 1;
  else {
    if (target.entries.size > 0) fail('ENOTEMPTY');
    target.parent = null;
  }
}

function place(directory: ModelDirectory, name: string, node: ModelNode): void {
  directory.entries.set(name, node);
  if (node.type === 'directory') node.parent = directory;
}

function isWithin(directory: ModelDirectory, ancestor: ModelNode | undefined): boolean {
  for (let current: ModelDirectory | null = directory; current !== null;) {
    if (current === ancestor) return true;
    if (current.parent === current) return false;
    current = current.parent;
  }
  return false;
}

function fail(code: string): never {
  throw new ModelError(code);
}
