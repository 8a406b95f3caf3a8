import { statSync } from 'node:fs';
import { mountForStories } from '../conformance/posix/mount-for-stories.ts';
import { userOf } from '../conformance/posix/users.ts';
import { until } from '../support/live-peer.ts';
import { shorten } from '../support/shorten.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { FuzzAgent } from './agent.ts';
import { buildFuzzer } from './build-fuzzer.ts';
import { diskPlace, folderIn } from './places.ts';
import { choosePlacedSteps, type PlacedStep } from './place-steps.ts';
import { describeDifference, type Difference } from './play.ts';
import { RunOnTwo } from './run-on-two.ts';
import { actorOf, textOf } from './step.ts';
import { playTogether } from './play-together.ts';

const root = userOf('root');
const actors = ['-', actorOf('alice'), actorOf('bob')];

export interface FindingOnTwo {
  readonly steps: readonly PlacedStep[];
  readonly difference: Difference;
}

/**
 * Two mounts of two connected peers, and a folder on ext4. Steps are made on one mount or the other, each after the one before shows on
 * both: then all must be as if it had been one disk.
 */
export class TwoMounts implements AsyncDisposable {
  readonly #program: string;
  readonly #disk: string;
  readonly #mounts: readonly [string, string];
  readonly #stack: AsyncDisposableStack;

  private constructor(
    program: string,
    disk: string,
    mounts: [string, string],
    stack: AsyncDisposableStack,
  ) {
    this.#program = program;
    this.#disk = disk;
    this.#mounts = mounts;
    this.#stack = stack;
  }

  static async open(): Promise<TwoMounts> {
    await using stack = new AsyncDisposableStack();
    const program = await buildFuzzer(stack.use(temporaryDirectory()).path);
    const disk = stack.use(await diskPlace());
    const network = stack.use(await mountForStories('lan'));
    const other = await network.join('bob', 'not');
    await other.mount('--allow-other');
    await network.connected(network.first, other);
    const mounts: [string, string] = [network.first.mountpoint, other.mountpoint];
    return new TwoMounts(program, disk.path, mounts, stack.move());
  }

  choose(seed: number, steps: number): readonly PlacedStep[] {
    return choosePlacedSteps(seed, { actors, steps, keepsSearch: false });
  }

  async play(steps: readonly PlacedStep[]): Promise<FindingOnTwo | undefined> {
    await using onDisk = await folderIn(this.#disk, root);
    await using onMount = await folderIn(this.#mounts[0], root);
    const there = onMount.path.replace(this.#mounts[0], this.#mounts[1]);
    await using disk = new FuzzAgent(this.#program, onDisk.path, root);
    await using first = new FuzzAgent(this.#program, onMount.path, root);
    await shows(this.#mounts[1], there);
    await using second = new FuzzAgent(this.#program, there, root);
    const run = new RunOnTwo(disk, [first, second]);
    for (const [index, step] of steps.entries()) {
      const different = await run.make(step);
      if (different === undefined) continue;
      return { steps: steps.slice(0, index + 1), difference: { index, step, ...different } };
    }
    return undefined;
  }

  /** Both mounts at the same time, each with steps of its own: afterwards they must agree, and hold all that was meant to stay. */
  async playTogether(seed: number, steps: number): Promise<readonly string[]> {
    await using onMount = await folderIn(this.#mounts[0], root);
    const there = onMount.path.replace(this.#mounts[0], this.#mounts[1]);
    await using first = new FuzzAgent(this.#program, onMount.path, root);
    await shows(this.#mounts[1], there);
    await using second = new FuzzAgent(this.#program, there, root);
    // Awaited here, since the agents end when this returns.
    return await playTogether([first, second], seed, { actors, steps, keepsSearch: false });
  }

  /** Leaves out steps as long as a step of the same kind goes on to differ. */
  async shorten(
    { steps, difference }: FindingOnTwo,
    forMs: number,
  ): Promise<FindingOnTwo | undefined> {
    const call = difference.step.words[0];
    const differs = async (rest: readonly PlacedStep[]): Promise<boolean> =>
      (await this.play(rest))?.difference.step.words[0] === call;
    return this.play(await shorten(steps, differs, forMs));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

/** The folder of a run is made on the first mount. */
async function shows(mount: string, path: string): Promise<void> {
  await until(`${mount} shows ${path}`, () => {
    const { mode, uid } = statSync(path, { throwIfNoEntry: false }) ?? {};
    return mode !== undefined && (mode & 0o777) === 0o777 && uid === root.uid;
  });
}

/** The steps with the mount of each, and what the last one did differently. */
export function describeFindingOnTwo({ steps, difference }: FindingOnTwo): string {
  const lines = steps.map((step) => `${step.at === 0 ? 'A' : 'B'} ${textOf(step)}`);
  return [...lines, describeDifference(difference)].join('\n');
}
