import type { InodeId } from '../../src/metadata/ids.ts';
import type { Head } from '../../src/metadata/node.ts';
import { stampToText } from '../../src/metadata/stamp.ts';
import type { World } from '../support/world/world.ts';
import type { WorldPeer } from '../support/world/world-peer.ts';
import type { Command } from './command.ts';

/** Those who are connected and write to one file within this time overlay each other's bytes, as on NFS. */
const sameMomentMs = 15_000;

/** A version may change again while its bytes are fetched; after so many times it is not looked at any more. */
const maximumLooks = 5;

interface Writing {
  /** Undefined for what it did away with. */
  readonly token: string | undefined;
  readonly who: string;
  readonly inode: InodeId;
  readonly atMs: number;
  /** Those whom the writer was connected to, through others too. */
  readonly reached: ReadonlySet<string>;
  /** Brought to the disk. */
  readonly synced: boolean;
  readonly what: string;
}

/**
 * Remembers every piece of work that somebody was told is written, and who gave up which of them knowingly: by removing, replacing
 * or cutting a version that he saw. What nobody gave up must be in some file at the end.
 */
export class Ledger {
  readonly #world: World;
  readonly #required = new Map<string, Writing>();
  readonly #written: Writing[] = [];
  readonly #tokensByVersion = new Map<string, ReadonlySet<string>>();
  readonly #tokensByStamp = new Map<string, ReadonlySet<string>>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Before the command: what it does away with is given up by somebody who sees it. Returns the file that he means. */
  async intend(peer: WorldPeer, command: Command): Promise<InodeId | undefined> {
    for (const path of pathsGivenUp(command)) {
      for (const token of await this.#tokensAt(peer, path)) this.#required.delete(token);
    }
    return inodeAt(peer, command.path);
  }

  /** After the command: what it wrote has to stay. */
  async done(peer: WorldPeer, command: Command, meant: InodeId | undefined): Promise<void> {
    if (!kindsThatChangeBytes.has(command.kind)) return;
    const text = 'text' in command ? command.text : '';
    const inode = inodeAt(peer, command.path);
    // Somebody may have moved the file away while it was written to.
    if (meant !== inode) this.#giveUpReplaced(peer, command, headOf(peer, meant), tokensIn(text));
    const head = headOf(peer, inode);
    if (inode === undefined || head === undefined) return;
    const bytes = await peer.readBytes(command.path).catch(() => Buffer.from(text));
    const left = tokensIn(bytes.toString('latin1'));
    this.#tokensByVersion.set(keyOf(head), left);
    this.#tokensByStamp.set(stampToText(head.id), left);
    this.#giveUpReplaced(peer, command, head, left);
    const writing = {
      ...{ who: peer.name, inode, atMs: this.#world.nowMs, reached: this.#reachedBy(peer.name) },
      synced: command.kind === 'write' && command.fsync,
      what: `${command.kind} ${command.path}`,
    };
    this.#written.push({ ...writing, token: undefined });
    for (const token of tokensIn(text)) {
      this.#required.set(token, { ...writing, token });
      this.#written.push({ ...writing, token });
    }
  }

  /** A write that waits for bytes is done to the version that comes meanwhile, which was another one when its author began. */
  #giveUpReplaced(
    peer: WorldPeer,
    { kind }: Command,
    head: Head | undefined,
    left: ReadonlySet<string>,
  ): void {
    if (head === undefined || !kindsThatReplace.has(kind)) return;
    for (const before of peer.run.replica.versionsBefore(head.id) ?? []) {
      for (const token of this.#tokensByStamp.get(stampToText(before)) ?? []) {
        if (!left.has(token)) this.#required.delete(token);
      }
    }
  }

  /** Of what a machine had not brought to the disk when it lost its power nothing is promised. */
  powerLost(who: string): void {
    for (const [token, writing] of this.#required) {
      if (writing.who === who && !writing.synced) this.#required.delete(token);
    }
  }

  /** What should be in the files and is not. */
  missing(texts: readonly string[]): string[] {
    const found = tokensIn(texts.join('\n'));
    return [...this.#required]
      .filter(([token, writing]) => !found.has(token) && !this.#wasOverlaid(writing))
      .map(([token, { who, what }]) => `${token}, which ${who} wrote: ${what}`);
  }

  get size(): number {
    return this.#required.size;
  }

  #wasOverlaid({ inode, who, atMs, reached }: Writing): boolean {
    return this.#written.some(
      (other) =>
        other.inode === inode &&
        other.who !== who &&
        Math.abs(other.atMs - atMs) <= sameMomentMs &&
        (reached.has(other.who) || other.reached.has(who)),
    );
  }

  async #tokensAt(peer: WorldPeer, path: string): Promise<ReadonlySet<string>> {
    for (let looks = 0; looks < maximumLooks; looks += 1) {
      const head = headOf(peer, inodeAt(peer, path));
      if (head === undefined) return new Set();
      const known = this.#tokensByVersion.get(keyOf(head));
      if (known) return known;
      const bytes = await peer.readBytes(path).catch(() => undefined);
      // What nobody can read now is nevertheless given up.
      if (bytes === undefined) return this.#tokensOf(peer.inode(path));
      this.#tokensByVersion.set(keyOf(head), tokensIn(bytes.toString('latin1')));
    }
    return this.#tokensOf(peer.inode(path));
  }

  #tokensOf(inode: InodeId): Set<string> {
    const ofFile = this.#written.filter((writing) => writing.inode === inode);
    return new Set(ofFile.flatMap(({ token }) => token ?? []));
  }

  #reachedBy(name: string): Set<string> {
    const reached = new Set([name]);
    for (const one of reached) {
      for (const other of this.#world.peers) {
        if (this.#world.wires.isConnected(one, other.name)) reached.add(other.name);
      }
    }
    return reached;
  }
}

const kindsThatChangeBytes: ReadonlySet<Command['kind']> = new Set([
  ...(['write', 'write-at', 'append', 'truncate'] as const),
]);

const kindsThatReplace: ReadonlySet<Command['kind']> = new Set([
  ...(['write', 'write-at', 'truncate', 'unlink'] as const),
]);

function pathsGivenUp(command: Command): string[] {
  if (kindsThatReplace.has(command.kind)) return [command.path];
  const isReplacing = command.kind === 'rename' && command.path !== command.to;
  return isReplacing ? [command.to] : [];
}

function inodeAt(peer: WorldPeer, path: string): InodeId | undefined {
  return peer.exists(path) ? peer.inode(path) : undefined;
}

function headOf({ run }: WorldPeer, inode: InodeId | undefined): Head | undefined {
  return inode && run.replica.node(inode)?.heads[0];
}

function keyOf({ root, size }: Head): string {
  return `${size} ${root.toString('hex')}`;
}

function tokensIn(text: string): Set<string> {
  return new Set(text.match(/\[\d+ \w+\]/g) ?? []);
}
