import { mountForStories } from '../conformance/posix/mount-for-stories.ts';
import { userOf } from '../conformance/posix/users.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { buildFuzzer } from './build-fuzzer.ts';
import { chooseSteps } from './choose-steps.ts';
import { diskPlace } from './places.ts';
import { describeDifference, play, type Difference, type Places } from './play.ts';
import { shorten } from '../support/shorten.ts';
import { actorOf, type Step, textOf } from './step.ts';

export interface Finding {
  readonly steps: readonly Step[];
  readonly difference: Difference;
}

/** A mount beside a folder on ext4, in both of which the same is done. */
export class MountAgainstDisk implements AsyncDisposable {
  readonly #places: Places;
  readonly #actors: readonly string[];
  readonly #stack: AsyncDisposableStack;

  private constructor(places: Places, actors: readonly string[], stack: AsyncDisposableStack) {
    this.#places = places;
    this.#actors = actors;
    this.#stack = stack;
  }

  static async open(flavour: 'lan' | 'net'): Promise<MountAgainstDisk> {
    await using stack = new AsyncDisposableStack();
    const program = await buildFuzzer(stack.use(temporaryDirectory()).path);
    const disk = stack.use(await diskPlace());
    const network = stack.use(await mountForStories(flavour));
    // On `net` everybody here is the same user, so there is nobody else to act as.
    const user = userOf(flavour === 'lan' ? 'root' : 'alice');
    const actors = flavour === 'lan' ? ['-', actorOf('alice'), actorOf('bob')] : ['-'];
    const kernelChecks = flavour === 'lan';
    const places = {
      program,
      user,
      kernelChecks,
      disk: disk.path,
      mount: network.first.mountpoint,
    };
    return new MountAgainstDisk(places, actors, stack.move());
  }

  choose(seed: number, steps: number): readonly Step[] {
    const actors = this.#actors;
    return chooseSteps(seed, { actors, steps, keepsSearch: actors.length === 1 });
  }

  async play(steps: readonly Step[]): Promise<Finding | undefined> {
    const difference = await play(this.#places, steps);
    return difference && { steps: steps.slice(0, difference.index + 1), difference };
  }

  /** Leaves out steps as long as a step of the same kind goes on to differ. */
  async shorten({ steps, difference }: Finding, forMs: number): Promise<Finding | undefined> {
    const call = difference.step.words[0];
    const differs = async (rest: readonly Step[]): Promise<boolean> =>
      (await this.play(rest))?.difference.step.words[0] === call;
    return this.play(await shorten(steps, differs, forMs));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}

/** The steps, one per line as `--run` takes them, and what the last one did differently. */
export function describeFinding({ steps, difference }: Finding): string {
  return [...steps.map(textOf), describeDifference(difference)].join('\n');
}
