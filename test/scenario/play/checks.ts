import type { Conflicts, Person, Reads, Sees } from '../language/scenario.ts';
import { quoted } from '../language/words.ts';
import type { Calendar } from './calendar.ts';
import { expectedLines } from './expected-lines.ts';
import { factsForBoth, factsOf, seenLines } from './seen-lines.ts';
import type { Seen, Stage } from './stage.ts';

/** Everybody named sees exactly these trees, and all the same in everything else, too. */
export async function checkSees(
  stage: Stage,
  calendar: Calendar,
  step: Sees,
  who: readonly Person[],
): Promise<void> {
  let first: { who: Person; facts: string[] } | undefined;
  for (const person of who) {
    const seen = await lookQuietly(stage, person);
    const stated = expectedLines(step.entries, seen, calendar, stage);
    requireSame(`${person} does not see that`, stated, seenLines(step.entries, seen, calendar));
    const facts = factsOf(seen);
    first ??= { who: person, facts };
    const both = `what ${first.who} (-) and ${person} (+) see differs`;
    requireSame(both, ...factsForBoth(first.facts, facts));
  }
}

export async function checkReads(
  stage: Stage,
  calendar: Calendar,
  step: Reads,
  who: readonly Person[],
): Promise<void> {
  const expected = calendar.fill(step.content);
  for (const person of who) {
    if (step.path === undefined) {
      await stage.hands(person).look();
      continue;
    }
    const file = await stage.hands(person).open(calendar.fill(step.path), 'read');
    const text = (await file.read()).toString('latin1');
    await file.close();
    if (text !== expected) throw new Error(`${person} reads ${quoted(text)}`);
  }
}

export async function checkConflicts(
  stage: Stage,
  calendar: Calendar,
  step: Conflicts,
  who: readonly Person[],
): Promise<void> {
  const expected = step.paths.map((path) => calendar.fill(path)).sort();
  for (const person of who) {
    requireSame(`${person} is told of others`, expected, (await stage.conflicts(person)).sort());
  }
}

async function lookQuietly(stage: Stage, who: Person): Promise<Seen[]> {
  return (await stage.hands(who).look()).filter(({ path }) => path !== '');
}

function requireSame(problem: string, expected: string[], found: string[]): void {
  const missing = expected.filter((line) => !found.includes(line)).map((line) => `  - ${line}`);
  const unexpected = found.filter((line) => !expected.includes(line)).map((line) => `  + ${line}`);
  if (missing.length + unexpected.length === 0 && expected.length === found.length) return;
  throw new Error([`${problem}:`, ...missing, ...unexpected].join('\n'));
}
