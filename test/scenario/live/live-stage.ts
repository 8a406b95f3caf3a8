import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { promises as fs } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createControlClient } from '../../../src/control/client.ts';
import { freePort } from '../../support/free-port.ts';
import { LivePeer } from '../../support/live-peer.ts';
import { people, type Person, type Scenario } from '../language/scenario.ts';
import { pathFromRoot, pathsBeside } from '../play/conflict-paths.ts';
import type { Stage } from '../play/stage.ts';
import { liveHands } from './live-hands.ts';
import { Settler } from './settler.ts';
import { Switchboard } from './switchboard.ts';
import { SystemCalls } from './system-calls.ts';

/** The authority numbers users from here on, in the order in which they come. */
const firstUid = 10_001;

/** Real daemons with real mounts for all scenarios of one flavour, each of which has a folder of its own. */
export class LiveStages implements AsyncDisposable {
  readonly #flavour: Scenario['flavour'];
  readonly #folder = mkdtempSync(join(tmpdir(), 'peerfuse-'));
  readonly #switchboard = new Switchboard();
  readonly #calls = new SystemCalls(this.#folder);
  readonly #peers = new Map<Person, LivePeer>();
  readonly #uids = new Map<Person, number>();
  readonly #stopped = new Set<Person>();
  #scenarios = 0;

  private constructor(flavour: Scenario['flavour']) {
    this.#flavour = flavour;
  }

  static async open(flavour: Scenario['flavour']): Promise<LiveStages> {
    const stages = new LiveStages(flavour);
    try {
      for (const who of people) await stages.#add(who);
      return stages;
    } catch (error) {
      await stages[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A folder in which a scenario can be played, whatever became of the one before. */
  async stage(): Promise<Stage> {
    this.#scenarios += 1;
    const folder = `scenario-${this.#scenarios}`;
    for (const who of this.#stopped) await this.#start(who);
    const settler = new Settler(folder, this.#peers, this.#calls);
    await this.#connect([people], settler);
    await awayFromMidnight();
    const directory = this.#peer('alice').path(folder);
    await fs.mkdir(directory);
    await fs.chmod(directory, 0o777);
    await settler.settle();
    return this.#stage(folder, settler);
  }

  /** Looks for damage in all that was played; what was found, as sentences. */
  async check(): Promise<string[]> {
    for (const who of this.#stopped) await this.#start(who);
    const replies = await Promise.all(
      [...this.#peers].map(async ([who, peer]) => {
        const { problems } = await clientOf(peer).check();
        return problems.map((problem) => `${who}: ${problem}`);
      }),
    );
    return replies.flat();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#switchboard.allow(() => true);
    await Promise.all([...this.#peers.values()].map((peer) => peer.destroy()));
    this.#switchboard.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #stage(folder: string, settler: Settler): Stage {
    return {
      people,
      hands: (who) => liveHands(this.#peer(who).path(folder), this.#calls),
      nowMs: () => Date.now(),
      uidOf: (who) => this.#uids.get(who) ?? -1,
      connect: (groups) => this.#connect(groups, settler),
      stop: (who) => this.#stop(who, () => this.#peer(who).stop()),
      start: (who) => this.#start(who),
      crash: (who) => this.#stop(who, () => this.#peer(who).crash()),
      advance: (byMs) => delay(byMs),
      tick: () => delay(tickMs),
      setClock: () => {
        throw new Error("real peers share this machine's clock");
      },
      settle: () => settler.settle(),
      conflicts: async (who) => pathsBeside(await this.#client(who).conflicts(), folder),
      take: async (who, path) => {
        await this.#client(who).takeInConflict(pathFromRoot(path, folder));
      },
      keepBoth: async (who, path) => {
        await this.#client(who).keepBothInConflict(pathFromRoot(path, folder));
      },
      keptFile: (who, path) => join(this.#peer(who).home, 'rescued/files', folder, path),
      // It looks at everything that there is, so it is done once, at the end.
      check: () => Promise.resolve([]),
    };
  }

  async #add(who: Person): Promise<void> {
    const peer = new LivePeer(this.#folder, who);
    this.#peers.set(who, peer);
    const port = await freePort();
    const number = await this.#switchboard.number(who, peer.home, port);
    const listen = ['--listen', `127.0.0.1:${port}`];
    if (who === people[0]) {
      const network = ['network', 'create', 'garden', '--flavour', this.#flavour, '--user', who];
      await peer.must(...network, ...listen);
    } else {
      const token = await this.#peer(people[0]).must('invite', who);
      await peer.must('join', token.trimEnd().split('\n').at(-1) ?? '', ...listen);
    }
    announce(join(peer.home, 'config.toml'), number);
    await this.#mount(who);
    this.#uids.set(who, (await clientOf(peer).status()).uid);
  }

  async #stop(who: Person, end: () => Promise<void>): Promise<void> {
    this.#stopped.add(who);
    await end();
  }

  async #start(who: Person): Promise<void> {
    if (!this.#stopped.delete(who)) return;
    await this.#mount(who);
  }

  /** Everybody is to see the same owners, so nobody's own files are shown as the local user's. */
  async #mount(who: Person): Promise<void> {
    const uid = firstUid + people.indexOf(who);
    const isNet = this.#flavour === 'net';
    await this.#peer(who).mount(...(isNet ? ['--owner', `${uid}:${uid}`] : []));
  }

  async #connect(groups: readonly (readonly Person[])[], settler: Settler): Promise<void> {
    const running = groups.map((group) => group.filter((who) => !this.#stopped.has(who)));
    this.#switchboard.allow((one, other) =>
      running.some((group) => group.includes(one as Person) && group.includes(other as Person)),
    );
    await settler.connected(running);
  }

  #client(who: Person): ReturnType<typeof clientOf> {
    return clientOf(this.#peer(who));
  }

  #peer(who: Person): LivePeer {
    const peer = this.#peers.get(who);
    if (peer === undefined) throw new Error(`there is no ${who}`);
    return peer;
  }
}

/** What daemons of one machine take for the time differs by some milliseconds: so far apart, everybody agrees on what was first. */
const tickMs = 20;

/** A scenario that ran past midnight would give two days to the names of its conflicts. */
const shortBeforeMidnightMs = 20_000;
const dayMs = 86_400_000;

async function awayFromMidnight(): Promise<void> {
  const leftMs = dayMs - (Date.now() % dayMs);
  if (leftMs < shortBeforeMidnightMs) await delay(leftMs);
}

function delay(byMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, byMs);
  });
}

function announce(config: string, number: number): void {
  const text = readFileSync(config, 'utf8');
  writeFileSync(config, `announce = ["127.0.0.1:${number}"]\n${text}`);
}

export function clientOf(peer: LivePeer): ReturnType<typeof createControlClient> {
  return createControlClient(join(peer.home, 'control.sock'));
}
