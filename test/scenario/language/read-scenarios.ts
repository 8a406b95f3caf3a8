import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Line, linesOf } from './lines.ts';
import { readStep } from './read-step.ts';
import { whyMemoryOnly } from './memory-only.ts';
import { people, type Person, type Scenario, type Step } from './scenario.ts';
import { inFile, ScenarioMistake } from './words.ts';

/** The scenarios in a file. Throws a ScenarioMistake for what it cannot mean. */
export function readScenarios(path: string): Scenario[] {
  // As latin1 every character is a byte, so that names may be any bytes.
  return parseScenarios(readFileSync(path, 'latin1'), basename(path));
}

export function parseScenarios(text: string, file: string): Scenario[] {
  return linesOf(text, file).map((line) => {
    const draft = inFile(file, line.number, () => newDraft(line));
    for (const below of line.below) inFile(file, below.number, () => takeLine(draft, below));
    return finished(draft, file);
  });
}

interface Draft {
  readonly title: string;
  readonly line: number;
  flavour: 'lan' | 'net';
  representative: boolean;
  memoryOnly: string | undefined;
  readonly steps: Step[];
}

function newDraft({ words, text, number }: Line): Draft {
  if (words[0]?.text !== 'scenario') throw new Error('only "scenario TITLE" is not indented');
  const title = text.slice('scenario'.length).trim();
  if (title === '') throw new Error('a scenario needs a title');
  return {
    ...{ title, line: number, flavour: 'lan', representative: false },
    ...{ memoryOnly: undefined, steps: [] },
  };
}

function takeLine(draft: Draft, line: Line): void {
  const [first, second] = line.words.map(({ text }) => text);
  if (first === 'network') {
    if (second !== 'lan' && second !== 'net') throw new Error('a network is "lan" or "net"');
    draft.flavour = second;
  } else if (first === 'representative') draft.representative = true;
  else if (first === 'memory' && second === 'only:') {
    draft.memoryOnly = line.text.slice(line.text.indexOf(':') + 1).trim();
  } else draft.steps.push(readStep(line));
}

function finished(draft: Draft, file: string): Scenario {
  const last = draft.steps.at(-1);
  if (last?.kind !== 'sees' || last.who !== 'everyone') {
    throw new ScenarioMistake(file, draft.line, 'it must end with what everyone sees');
  }
  const memoryOnly = draft.memoryOnly ?? whyMemoryOnly(draft.steps);
  return { ...draft, file, cast: castOf(draft.steps), memoryOnly };
}

function castOf(steps: readonly Step[]): Person[] {
  const named = new Set<Person>(['alice', 'bob']);
  const look = (step: Step): void => {
    if (step.kind === 'together') step.steps.forEach(look);
    else if (step.kind === 'partition') step.groups.flat().forEach((who) => named.add(who));
    else if (step.kind !== 'advance' && step.who !== 'everyone') {
      [step.who].flat().forEach((who) => named.add(who));
    }
  };
  steps.forEach(look);
  return people.filter((who) => named.has(who));
}
