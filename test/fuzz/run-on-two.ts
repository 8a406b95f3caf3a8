import type { FuzzAgent } from './agent.ts';
import type { PlacedStep } from './place-steps.ts';
import { sameAnswers } from './same-answers.ts';
import type { Step } from './step.ts';

/** Until what was done on one mount must show on the other. */
const shownWithinMs = 10_000;

interface Answers {
  readonly disk: string;
  readonly mount: string;
}

/** One run: three agents, which look at the same things after each step. */
export class RunOnTwo {
  readonly #disk: FuzzAgent;
  readonly #mounts: readonly [FuzzAgent, FuzzAgent];

  constructor(disk: FuzzAgent, mounts: readonly [FuzzAgent, FuzzAgent]) {
    this.#disk = disk;
    this.#mounts = mounts;
  }

  async make(step: PlacedStep): Promise<Answers | undefined> {
    const here = this.#mounts[step.at];
    const there = this.#mounts[1 - step.at] ?? here;
    const [disk, mount] = await Promise.all([answer(this.#disk, step), answer(here, step)]);
    if (!alike(step, disk, mount)) return { disk, mount };
    const late = await this.#untilShown(here, there);
    if (late !== undefined) return late;
    if (step.words[0] === 'survey') return this.#compare(step, disk, await answer(there, step));
    const look = { actor: '-', words: ['look', ...step.words.slice(1)] };
    return this.#compare(step, named(disk), named(await answer(there, look)));
  }

  #compare(step: PlacedStep, disk: string, mount: string): Answers | undefined {
    return alike(step, disk, mount) ? undefined : { disk, mount: `on the other: ${mount}` };
  }

  /** Until both mounts say the same of everything, to the last nanosecond. */
  async #untilShown(here: FuzzAgent, there: FuzzAgent): Promise<Answers | undefined> {
    const exactly = { actor: '-', words: ['exact-survey'] };
    const endMs = performance.now() + shownWithinMs;
    for (;;) {
      const [one, other] = await Promise.all([answer(here, exactly), answer(there, exactly)]);
      if (one === other) return undefined;
      if (performance.now() > endMs) return { disk: `here: ${one}`, mount: `there: ${other}` };
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}

async function answer(agent: FuzzAgent, step: Step): Promise<string> {
  return (await agent.run([step])).at(-1) ?? 'nothing';
}

/** What was told of names, without what only one mount can tell: of its open files. */
function named(text: string): string {
  const parts = text.split(' | ').slice(1);
  return parts.filter((part) => !part.startsWith('""')).join(' | ');
}

// An agent has not met everything that the other has, and not at the same steps.
function alike(step: PlacedStep, disk: string, mount: string): boolean {
  const [expected, actual] = [disk.split(' | '), mount.split(' | ')];
  if (expected.length !== actual.length) return false;
  return expected.every((part, index) => {
    const other = actual[index] ?? '';
    return sameAnswers(step, comparable(part, part + other), comparable(other, part + other), true);
  });
}

/** Without what follows from when somebody looked before: that is compared between the mounts, where times are the same. */
function comparable(part: string, both: string): string {
  const unnumbered = part.replace(/ is \d+: /, ' is ');
  return /=(new|same|later)\b/.test(both) ? unnumbered.replaceAll(/ [amc]=\S+/g, '') : unnumbered;
}
