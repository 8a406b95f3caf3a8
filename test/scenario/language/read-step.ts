import { durationMs } from './duration.ts';
import type { Line } from './lines.ts';
import { atLine } from './words.ts';
import { readEntry } from './read-entry.ts';
import { people, type Act, type ChangeOfPlace, type Person, type Step } from './scenario.ts';

const changesOfPlace: ReadonlySet<string> = new Set([
  ...['offline', 'online', 'restart', 'crash', 'stop', 'start'],
]);

/** What a line says, with what stands below it. Throws an Error that says what is wrong. */
export function readStep(line: Line): Step {
  const words = line.words.map(({ text }) => text);
  const at = { line: line.number, text: line.text };
  const step = readKnown(line, words, at);
  const mayHaveMore = step.kind === 'together' || step.kind === 'sees' || step.kind === 'conflicts';
  if (!mayHaveMore && line.below.length > 0) throw new Error('nothing may stand indented below');
  return step;
}

type At = Pick<Step, 'line' | 'text'>;

function readKnown(line: Line, words: readonly string[], at: At): Step {
  const [first = '', second] = words;
  if (first === 'together') {
    const steps = line.below.map((below) => atLine(below.number, () => readStep(below)));
    return { ...at, kind: 'together', steps };
  }
  if (first === 'partition') return { ...at, kind: 'partition', groups: groupsOf(words.slice(1)) };
  if (first === 'advance') {
    return { ...at, kind: 'advance', byMs: requireDuration(second, words[2]) };
  }
  const who = whoOf(words);
  return readDoing(line, who, words.slice(who === 'everyone' ? 1 : who.length), at);
}

function readDoing(line: Line, who: Who, words: readonly string[], at: At): Step {
  const [verb = '', second = '', third = ''] = words;
  if (changesOfPlace.has(verb)) {
    return { ...at, kind: verb as ChangeOfPlace['kind'], who };
  }
  if (verb === 'sees') {
    const entries = line.below.map((each) =>
      atLine(each.number, () => readEntry(each.words, each.number, each.text)),
    );
    return { ...at, kind: 'sees', who, entries };
  }
  if (verb === 'conflicts') {
    const paths = line.below.map(({ words: [path] }) => path?.text ?? '');
    return { ...at, kind: 'conflicts', who, paths };
  }
  if (verb === 'reads') {
    const path = second === 'all' && words.length === 2 ? undefined : second;
    return { ...at, kind: 'reads', who, path, content: third };
  }
  const person = onlyOne(who);
  if (verb === 'clock') {
    return { ...at, kind: 'clock', who: person, aheadMs: requireDuration(second, third) };
  }
  return readAct(person, words, at);
}

function readAct(who: Person, words: readonly string[], at: At): Act {
  const [verb = '', ...rest] = words;
  if (verb !== 'cannot') return { ...at, kind: 'act', who, verb, words: rest, fails: undefined };
  const [forbidden = '', ...more] = rest;
  const code = /^\((E[A-Z]+)\)$/.exec(more.at(-1) ?? '')?.[1];
  const arguments_ = code === undefined ? more : more.slice(0, -1);
  return { ...at, kind: 'act', who, verb: forbidden, words: arguments_, fails: code ?? 'any' };
}

type Who = readonly Person[] | 'everyone';

/** The persons at the beginning of a line. */
function whoOf(words: readonly string[]): Who {
  if (words[0] === 'everyone') return 'everyone';
  const end = words.findIndex((word) => !isPerson(word));
  const who = words.slice(0, end === -1 ? words.length : end).filter(isPerson);
  if (who.length === 0) throw new Error(`"${words[0] ?? ''}" is nobody and means nothing here`);
  return who;
}

function groupsOf(words: readonly string[]): Person[][] {
  const groups: Person[][] = [[]];
  for (const word of words) {
    if (word === '|') groups.push([]);
    else if (isPerson(word)) groups.at(-1)?.push(word);
    else throw new Error(`"${word}" is nobody`);
  }
  return groups;
}

function onlyOne(who: Who): Person {
  const [person, ...others] = who === 'everyone' ? [] : who;
  if (person === undefined || others.length > 0) throw new Error('one person has to do this');
  return person;
}

function requireDuration(count: string | undefined, unit: string | undefined): number {
  const ms = durationMs(count, unit);
  if (ms === undefined) throw new Error('a time is such as "90 seconds" or "1 day"');
  return ms;
}

function isPerson(word: string): word is Person {
  return (people as readonly string[]).includes(word);
}
