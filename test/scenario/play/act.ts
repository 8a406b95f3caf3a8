import type { Act, Person } from '../language/scenario.ts';
import type { Calendar } from './calendar.ts';
import type { Hands, OpenFile, Stage } from './stage.ts';
import { verbs } from './verbs.ts';

export interface Actor {
  readonly who: Person;
  readonly stage: Stage;
  readonly hands: Hands;
  /** Files that somebody has open, by `PERSON NAME`. */
  readonly open: Map<string, OpenFile>;
}

/** Does what the line says, and sees that it succeeds or fails as it says. */
export async function act(actor: Actor, step: Act, calendar: Calendar): Promise<void> {
  const verb = verbs[step.verb];
  if (!verb) throw new Error(`nobody knows how to "${step.verb}"`);
  const words = step.words.map((word) => calendar.fill(word));
  const error = await failureOf(() => verb(actor, words));
  if (step.fails === undefined) {
    if (error !== undefined) throw error;
    return;
  }
  if (error === undefined) throw new Error('it succeeded, and it must not');
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined) throw error;
  if (step.fails !== 'any' && step.fails !== code) throw new Error(`it failed with ${code}`);
}

async function failureOf(work: () => Promise<void>): Promise<Error | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
