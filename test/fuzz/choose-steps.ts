import { Chance } from '../crash-loop/random.ts';
import { kindsOfSteps } from './kinds-of-steps.ts';
import type { Step } from './step.ts';

/** What a run is like. */
export interface Choices {
  /** Who may act; `-` is who started the agent. */
  readonly actors: readonly string[];
  readonly steps: number;
  /** Directories stay open to whoever owns them: where the kernel does not check rights, it lets into them by names that it knows. */
  readonly keepsSearch: boolean;
}

/** A survey of the whole tree comes about as often as this many steps. */
const stepsPerSurvey = 12;

/** A run that follows from its seed. Each prefers some kinds of steps and leaves others out, so that rare ones meet. */
export function chooseSteps(
  seed: number,
  { actors, steps, keepsSearch }: Choices,
): readonly Step[] {
  const chance = new Chance(seed);
  const possible = kindsOfSteps.filter(({ givesAway }) => !givesAway || actors.length > 1);
  const kinds = possible.flatMap((kind) => {
    const weight = chance.happens(0.25) ? 0 : kind.weight * (chance.happens(0.2) ? 4 : 1);
    return weight === 0 ? [] : [{ kind, weight }];
  });
  const total = kinds.reduce((sum, { weight }) => sum + weight, 0);
  const mainActor = chance.pick(actors);
  const othersAct = chance.happens(0.5) ? 0 : 0.3;
  const chosen: Step[] = beginning(chance, mainActor);
  while (chosen.length < steps) {
    const actor = chance.happens(othersAct) ? chance.pick(actors) : mainActor;
    let at = chance.next() * total;
    const { kind } = kinds.find(({ weight }) => (at -= weight) < 0) ?? kinds[0] ?? impossible();
    chosen.push({ actor, words: kind.choose(chance) });
    if (chance.below(stepsPerSurvey) === 0) chosen.push({ actor: '-', words: ['survey'] });
  }
  const all = [...chosen, { actor: '-', words: ['survey'] }];
  return keepsSearch
    ? all.map(({ actor, words }) => ({ actor, words: words.map(searchable) }))
    : all;
}

/** A mode with the owner's right to search; and to open, where the kernel opens without asking. */
function searchable(word: string): string {
  return word.replace(/^((?:S_IF\w+\|)?)(0[0-7]+)$/, (_, type: string, mode: string) => {
    const right = type === '' ? 0o100 : 0o700;
    return `${type}0${(Number.parseInt(mode, 8) | right).toString(8)}`;
  });
}

function beginning(chance: Chance, actor: string): Step[] {
  const make = (path: string): Step => ({
    actor,
    words: ['mkdir', path, chance.pick(['0755', '0777', '02775', '01777', '0700'])],
  });
  return ['d', 'd/e', 'x'].map(make);
}

function impossible(): never {
  throw new Error('no kind of step was left');
}
