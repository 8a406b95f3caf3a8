import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { InodeId } from '../../../src/metadata/ids.ts';
import type { FileHandle, RenameMode } from '../../../src/vfs/file-system.ts';
import {
  caller,
  closeHandle,
  flags,
  named,
  outcome,
  Peers,
  readHandle,
  readInode,
  root,
  type Peer,
} from './peers.ts';
import {
  type ModelDirectory,
  ModelError,
  type ModelFile,
  type ModelNode,
  overwritten,
  PosixModel,
  resized,
} from './posix-model.ts';

// Random requests to the real file system and to the model: every answer, and in the end every name, number and byte, must be equal.

/** Few names and directories, so that requests meet. */
const names = ['a', 'b', 'c'];
const name = fc.constantFrom(...names);
const index = fc.nat(7);
/** Positions around the borders of blocks. */
const position = fc.oneof(fc.nat(40), fc.nat(140_000), fc.constantFrom(65_535, 65_536, 131_072));
const length = fc.oneof(fc.nat(40), fc.nat(70_000));

const action = fc.oneof(
  fc.record({ kind: fc.constant('mkdir' as const), at: index, name }),
  fc.record({ kind: fc.constant('create' as const), at: index, name, exclusive: fc.boolean() }),
  fc.record({ kind: fc.constant('open' as const), at: index, name, flags: openFlags() }),
  fc.record({ kind: fc.constant('write' as const), handle: index, position, length }),
  fc.record({ kind: fc.constant('write' as const), handle: index, position, length }),
  fc.record({ kind: fc.constant('ftruncate' as const), handle: index, size: position }),
  fc.record({ kind: fc.constant('truncate' as const), at: index, name, size: position }),
  fc.record({ kind: fc.constant('punch' as const), handle: index, position, length }),
  fc.record({
    kind: fc.constant('copy' as const),
    ...{ handle: index, position, target: index, targetPosition: position, length },
  }),
  fc.record({
    kind: fc.constant('rename' as const),
    ...{ at: index, name, to: index, newName: name },
    mode: fc.constantFrom<RenameMode>('replace', 'replace', 'no-replace', 'exchange'),
  }),
  fc.record({ kind: fc.constant('link' as const), at: index, name, to: index, newName: name }),
  fc.record({ kind: fc.constant('unlink' as const), at: index, name }),
  fc.record({ kind: fc.constant('rmdir' as const), at: index, name }),
  fc.record({ kind: fc.constant('read' as const), handle: index }),
  fc.record({ kind: fc.constant('close' as const), handle: index }),
  fc.record({ kind: fc.constant('wait' as const), millis: fc.nat(2_000) }),
);

type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

test('a file system answers as the model does, and has the same tree', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 60, size: 'max' }), async (actions) => {
      await using peers = new Peers();
      const run = new Run(peers, peers.open());
      for (const each of actions) await run.step(each);
      await run.finish();
    }),
    { numRuns: 150 },
  );
});

interface OpenPair {
  readonly file: ModelFile;
  readonly handle: FileHandle;
  readonly appends: boolean;
}

class Run {
  readonly #peers: Peers;
  readonly #peer: Peer;
  readonly #model = new PosixModel();
  /** Every directory that ever was, also those that were removed. */
  readonly #directories: { readonly model: ModelDirectory; readonly inode: InodeId }[];
  readonly #open: OpenPair[] = [];
  #writes = 0;

  constructor(peers: Peers, peer: Peer) {
    this.#peers = peers;
    this.#peer = peer;
    this.#directories = [{ model: this.#model.root, inode: root }];
  }

  async step(each: Action): Promise<void> {
    if (each.kind === 'wait') return this.#peers.clock.advance(each.millis);
    if ('handle' in each) return this.#withHandle(each);
    await this.#withNames(each);
  }

  /** Closes everything and compares what is left. */
  async finish(): Promise<void> {
    for (const { handle } of this.#open) await closeHandle(this.#peer, handle);
    await this.#compare(this.#model.root, root);
    expect(this.#peer.fs.unpublishedFiles).toBe(0);
  }

  async #withNames(each: Exclude<Action, { handle: number } | { kind: 'wait' }>): Promise<void> {
    const { fs } = this.#peer;
    const { model, inode } = this.#directory(each.at);
    const at = named(each.name);
    switch (each.kind) {
      case 'mkdir': {
        const made = await this.#both(
          () => this.#model.makeDirectory(model, each.name),
          () => fs.makeDirectory(caller, inode, at, 0o755).inode,
        );
        if (made) this.#directories.push({ model: made[0], inode: made[1] });
        return;
      }
      case 'create': {
        const flag = flags.readWrite | (each.exclusive ? flags.exclusive : 0);
        const made = await this.#both(
          () => this.#model.create(model, each.name, each.exclusive),
          async () => (await fs.create(caller, inode, at, 0o644, flag)).handle,
        );
        if (made) this.#open.push({ file: made[0], handle: made[1], appends: false });
        return;
      }
      case 'open':
        return this.#openFile(each, model, inode);
      case 'truncate':
        await this.#both(
          () => {
            const file = this.#model.file(model, each.name);
            file.bytes = resized(file.bytes, each.size);
          },
          async () => {
            const found = fs.lookup(caller, inode, at).inode;
            await fs.setAttributes(caller, found, { size: each.size });
          },
        );
        return;
      case 'unlink':
        await this.#both(
          () => this.#model.unlink(model, each.name),
          () => fs.unlink(caller, inode, at),
        );
        return;
      case 'rmdir':
        await this.#both(
          () => this.#model.removeDirectory(model, each.name),
          () => fs.removeDirectory(caller, inode, at),
        );
        return;
      case 'rename':
      case 'link':
        return this.#toAnotherName(each, model, inode);
    }
  }

  async #openFile(
    { name, flags: flag }: Action & { kind: 'open' },
    model: ModelDirectory,
    inode: InodeId,
  ): Promise<void> {
    const { fs } = this.#peer;
    const opened = await this.#both(
      () => {
        const file = this.#model.file(model, name);
        if (flag & flags.truncate) file.bytes = Buffer.alloc(0);
        return file;
      },
      async () => fs.open(caller, fs.lookup(caller, inode, named(name)).inode, flag),
    );
    if (!opened) return;
    const appends = (flag & flags.append) !== 0;
    this.#open.push({ file: opened[0], handle: opened[1], appends });
  }

  async #toAnotherName(
    each: Action & { kind: 'rename' | 'link' },
    model: ModelDirectory,
    inode: InodeId,
  ): Promise<void> {
    const { fs } = this.#peer;
    const to = this.#directory(each.to);
    const [at, newName] = [named(each.name), named(each.newName)];
    if (each.kind === 'rename') {
      await this.#both(
        () => this.#model.rename(model, each.name, to.model, each.newName, each.mode),
        () => fs.rename(caller, inode, at, to.inode, newName, each.mode),
      );
      return;
    }
    const node = model.entries.get(each.name);
    if (node?.type !== 'file') return;
    const linked = fs.lookup(caller, inode, at).inode;
    await this.#both(
      () => this.#model.link(node, to.model, each.newName),
      () => void fs.link(caller, linked, to.inode, newName),
    );
  }

  async #withHandle(each: Extract<Action, { handle: number }>): Promise<void> {
    const open = this.#open[each.handle % Math.max(1, this.#open.length)];
    if (open === undefined) return;
    const { file, handle } = open;
    const { fs } = this.#peer;
    switch (each.kind) {
      case 'write': {
        const data = Buffer.alloc(each.length, ++this.#writes);
        const at = open.appends ? file.bytes.length : each.position;
        if (data.length > 0) file.bytes = overwritten(file.bytes, at, data);
        const written = await fs.write(caller, handle, each.position, data, false);
        expect(written).toBe(data.length);
        break;
      }
      case 'ftruncate':
        file.bytes = resized(file.bytes, each.size);
        await fs.setAttributes(caller, handle.inode, { size: each.size, handle });
        break;
      case 'punch': {
        const end = Math.min(file.bytes.length, each.position + each.length);
        file.bytes.fill(0, Math.min(each.position, end), end);
        if (each.length > 0) await fs.allocate(caller, handle, 3, each.position, each.length);
        break;
      }
      case 'copy':
        await this.#copy(each, open);
        break;
      case 'read':
        expect((await readHandle(this.#peer, handle)) === text(file.bytes)).toBe(true);
        break;
      case 'close':
        this.#open.splice(this.#open.indexOf(open), 1);
        await closeHandle(this.#peer, handle);
        return;
    }
    expect(fs.attributes(handle.inode)).toMatchObject({
      size: file.bytes.length,
      links: file.links,
    });
  }

  async #copy(each: Action & { kind: 'copy' }, from: OpenPair): Promise<void> {
    const to = this.#open[each.target % this.#open.length]!;
    const apart = Math.abs(each.position - each.targetPosition) >= each.length;
    if (to.appends || (from.file === to.file && !apart)) return;
    const data = Buffer.from(from.file.bytes.subarray(each.position, each.position + each.length));
    if (data.length > 0) to.file.bytes = overwritten(to.file.bytes, each.targetPosition, data);
    const copied = await this.#peer.fs.copyRange(
      caller,
      from.handle,
      each.position,
      to.handle,
      each.targetPosition,
      each.length,
    );
    expect(copied).toBe(data.length);
  }

  /** Both results, or undefined when both refused for the same reason. */
  async #both<M, R>(model: () => M, real: () => R | Promise<R>): Promise<[M, R] | undefined> {
    let modelled: { value: M } | { code: string };
    try {
      modelled = { value: model() };
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      modelled = { code: error.code };
    }
    let value: R | undefined;
    const code = await outcome(async () => {
      value = await real();
    });
    expect(code).toBe('code' in modelled ? modelled.code : 'done');
    return 'value' in modelled ? [modelled.value, value as R] : undefined;
  }

  #directory(index: number): { model: ModelDirectory; inode: InodeId } {
    return this.#directories[index % this.#directories.length]!;
  }

  async #compare(model: ModelDirectory, inode: InodeId): Promise<void> {
    const { fs } = this.#peer;
    const listed: string[] = [];
    const handle = fs.openDirectory(caller, inode);
    fs.list(handle, 2, false, (entry) => listed.push(entry) > 0);
    expect(listed.toSorted()).toEqual([...model.entries.keys()].toSorted());
    const below = [...model.entries.values()].filter(({ type }) => type === 'directory');
    expect(fs.attributes(inode).links).toBe(2 + below.length);
    for (const [entry, node] of model.entries) await this.#compareNode(entry, node, inode);
  }

  async #compareNode(entry: string, node: ModelNode, parent: InodeId): Promise<void> {
    const attributes = this.#peer.fs.lookup(caller, parent, named(entry));
    expect(attributes.type).toBe(node.type);
    if (node.type === 'directory') return this.#compare(node, attributes.inode);
    expect(attributes).toMatchObject({ size: node.bytes.length, links: node.links });
    expect((await readInode(this.#peer, attributes.inode)) === text(node.bytes)).toBe(true);
  }
}

function openFlags(): fc.Arbitrary<number> {
  const { readWrite, truncate, append } = flags;
  return fc.constantFrom(readWrite, readWrite | truncate, readWrite | append);
}

function text(bytes: Buffer): string {
  return bytes.toString('latin1');
}
