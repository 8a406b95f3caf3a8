import { Chance } from '../crash-loop/random.ts';
import { chooseSteps, type Choices } from './choose-steps.ts';
import type { Step } from './step.ts';

/** A step, and on which of two mounts it is made. */
export interface PlacedStep extends Step {
  readonly at: 0 | 1;
}

/** Each mount has slots and mappings of its own. */
const slotsPerMount = 4;

/** After these something is written that the other mount is to show at once, and not when the file is closed some day. */
const writing = /^(write-noise|pwrite-noise|ftruncate|fallocate|fsetxattr)$/;

/** A random run whose steps are made on one mount or the other. */
export function choosePlacedSteps(seed: number, choices: Choices): readonly PlacedStep[] {
  const chance = new Chance(seed + 1);
  return chooseSteps(seed, choices).flatMap((step) => {
    const at = chance.happens(0.5) ? 0 : 1;
    const words = step.words.map((word) => ownWord(word, at));
    const placed: PlacedStep = { actor: step.actor, words, at };
    const slot = slotToSync(words);
    return slot === undefined ? [placed] : [placed, { actor: '-', words: ['fsync', slot], at }];
  });
}

function ownWord(word: string, at: number): string {
  const [, kind, number] = /^([#%])(\d)$/.exec(word) ?? [];
  if (kind === '#') return `#${(Number(number) % slotsPerMount) + at * slotsPerMount}`;
  if (kind === '%') return `%${at}`;
  // Outside of what is looked at on both mounts.
  return word === '..' ? 'd' : word;
}

function slotToSync([call = '', first, second = '', third]: readonly string[]): string | undefined {
  if (writing.test(call)) return first;
  if (call === 'copy') return third;
  // Opened with O_TRUNC.
  return call === 'hold' && `${second}${third}`.includes('O_TRUNC') ? first : undefined;
}
