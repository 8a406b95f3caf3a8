import { hash } from '../crypto/hash.ts';

/** Whom a peer is connected to, as it says itself. */
export interface LinkState {
  readonly device: number;
  /** Grows with each change; the largest is the valid one. */
  readonly version: number;
  readonly neighbours: readonly number[];
}

/** All who can reach each other, over others or not, and how. */
export interface View {
  /** Equal where all is known in the same versions. In hex. */
  readonly id: string;
  /** This peer included; ascending. */
  readonly members: readonly number[];
  /** The neighbour on the shortest way to each other member: all who have this view lead a message nearer to its aim. */
  readonly nextHops: ReadonlyMap<number, number>;
}

/** States of peers that are out of reach, kept because what they are connected by may still be on its way. */
const keptUnreachable = 1024;

const idBytes = 16;

/** What each peer says of its links. A link counts when both ends say that it is there. */
export class Topology {
  readonly #self: number;
  readonly #states = new Map<number, LinkState>();

  constructor(self: number) {
    this.#self = self;
    this.#states.set(self, { device: self, version: 0, neighbours: [] });
  }

  stateOf(device: number): LinkState | undefined {
    return this.#states.get(device);
  }

  /** False when it is known, or older than what is known. */
  learn(state: LinkState): boolean {
    const known = this.#states.get(state.device);
    if (known !== undefined && known.version >= state.version) return false;
    // What was learnt last stands last.
    this.#states.delete(state.device);
    this.#states.set(state.device, state);
    return true;
  }

  /** The peers that are in reach at present. Forgets states that have been of no use for long; `forgotten` is told which. */
  view(forgotten: (device: number) => void = () => {}): View {
    const nextHops = this.#reachable();
    this.#forget(nextHops, forgotten);
    const members = [this.#self, ...nextHops.keys()].sort((a, b) => a - b);
    const versions = members.map((member) => `${member}.${this.#states.get(member)?.version}`);
    const id = hash(Buffer.from(versions.join())).toString('hex', 0, idBytes);
    return { id, members, nextHops };
  }

  #reachable(): Map<number, number> {
    const nextHops = new Map<number, number>();
    const reached = [this.#self];
    for (const device of reached) {
      for (const neighbour of this.#mutual(device)) {
        if (neighbour === this.#self || nextHops.has(neighbour)) continue;
        nextHops.set(neighbour, nextHops.get(device) ?? neighbour);
        reached.push(neighbour);
      }
    }
    return nextHops;
  }

  #mutual(device: number): number[] {
    const neighbours = this.#states.get(device)?.neighbours ?? [];
    return neighbours
      .filter((other) => this.#states.get(other)?.neighbours.includes(device))
      .sort((a, b) => a - b);
  }

  #forget(reachable: ReadonlyMap<number, number>, forgotten: (device: number) => void): void {
    let excess = this.#states.size - reachable.size - 1 - keptUnreachable;
    for (const device of this.#states.keys()) {
      if (excess <= 0) return;
      if (device === this.#self || reachable.has(device)) continue;
      this.#states.delete(device);
      forgotten(device);
      excess -= 1;
    }
  }
}
