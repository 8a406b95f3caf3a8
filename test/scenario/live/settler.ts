import type { Status } from '../../../src/control/status.ts';
import { type LivePeer, until } from '../../support/live-peer.ts';
import type { Person } from '../language/scenario.ts';
import { factsForBoth, factsOf } from '../play/seen-lines.ts';
import { clientOf } from './live-stage.ts';
import { liveHands } from './live-hands.ts';
import type { SystemCalls } from './system-calls.ts';

/** Waits until the daemons that reach each other know the same and their mounts show the same. */
export class Settler {
  readonly #folder: string;
  readonly #peers: ReadonlyMap<Person, LivePeer>;
  readonly #calls: SystemCalls;
  #groups: readonly (readonly Person[])[] = [];

  constructor(folder: string, peers: ReadonlyMap<Person, LivePeer>, calls: SystemCalls) {
    this.#folder = folder;
    this.#peers = peers;
    this.#calls = calls;
  }

  /** Until each has a link to all others of his group, and to nobody else. */
  async connected(groups: readonly (readonly Person[])[]): Promise<void> {
    this.#groups = groups;
    for (const group of groups) {
      await until(`${group.join(', ')} are connected`, async () => {
        const statuses = await this.#statuses(group);
        return statuses.every(({ connectedPeers }) => connectedPeers === group.length - 1);
      });
    }
  }

  async settle(): Promise<void> {
    for (const group of this.#groups.filter(({ length }) => length > 1)) {
      await until(`${group.join(', ')} know the same`, async () =>
        isSettled(await this.#statuses(group)),
      );
      await this.#showTheSame(group);
    }
  }

  async #showTheSame(group: readonly Person[]): Promise<void> {
    let seen: string[][] = [];
    const isSame = async (): Promise<boolean> => {
      seen = await Promise.all(group.map((who) => this.#facts(who)));
      return seen.every((facts) => {
        if (facts[0]?.startsWith('not yet')) return false;
        const [one, other] = factsForBoth(seen[0] ?? [], facts);
        return one.join('\n') === other.join('\n');
      });
    };
    await until('their mounts show the same', isSame).catch((error: unknown) => {
      const shown = seen.map((facts, index) => [group[index], ...facts].join('\n')).join('\n');
      throw new Error(`${(error as Error).message}\n${shown}`, { cause: error });
    });
  }

  async #facts(who: Person): Promise<string[]> {
    const directory = this.#peers.get(who)?.path(this.#folder) ?? '';
    try {
      return factsOf(await liveHands(directory, this.#calls).look());
    } catch (error) {
      // What is known is being merged, and things go while they are looked at.
      return [`not yet: ${(error as Error).message}`];
    }
  }

  #statuses(group: readonly Person[]): Promise<Status[]> {
    return Promise.all(
      group.map((who) => {
        const peer = this.#peers.get(who);
        if (peer === undefined) throw new Error(`there is no ${who}`);
        return clientOf(peer).status();
      }),
    );
  }
}

function isSettled(statuses: readonly Status[]): boolean {
  const frontiers = new Set(
    statuses.map(({ frontier }) =>
      JSON.stringify(
        Object.entries(frontier).sort(([one], [other]) => Number(one) - Number(other)),
      ),
    ),
  );
  const isQuiet = statuses.every(
    ({ unsynced }) => unsynced.unpublishedFiles + unsynced.unsealedOperations === 0,
  );
  return isQuiet && frontiers.size === 1;
}
