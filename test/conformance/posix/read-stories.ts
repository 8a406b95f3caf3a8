import { deeds, usualActor, type Deed, type Step, type Story } from './story.ts';

/**
 * Reads a file of stories. A line at the margin that ends in a colon opens a section; below it each line is a story,
 * `SENTENCE | STEP; STEP`, which goes on in lines that begin with `|`. The sentence `given` holds steps that come first in all
 * stories of its section, `on` the places where they are played. `#` begins a comment line.
 */
export function readStories(text: string): Story[] {
  const stories: Story[] = [];
  let section = new Section('');
  for (const [sentence, steps] of rows(text)) {
    if (steps === null) section = new Section(sentence);
    else if (sentence === 'given') section.given = readSteps(steps);
    else if (sentence === 'on') section.places = steps.split(' ');
    else stories.push(section.story(sentence, steps));
  }
  return stories;
}

class Section {
  readonly call: string;
  given: readonly Step[] = [];
  places: readonly string[] | null = null;

  constructor(call: string) {
    this.call = call;
  }

  story(sentence: string, steps: string): Story {
    const all = [...this.given, ...readSteps(steps)];
    return { title: `${this.call}: ${sentence}`, steps: all, places: this.places };
  }
}

/** Sentences with their steps; a section's name with null. */
function rows(text: string): [string, string | null][] {
  const rows: [string, string | null][] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const bar = line.indexOf('|');
    const sentence = (bar < 0 ? line : line.slice(0, bar)).trim();
    const steps = bar < 0 ? null : line.slice(bar + 1).trim();
    if (steps === null && !/^\S.*:$/.test(line))
      throw new Error(`Neither story nor section: ${line}`);
    if (sentence !== '') rows.push([sentence.replace(/:$/, ''), steps]);
    else continueRow(rows, steps ?? '');
  }
  return rows;
}

function continueRow(rows: [string, string | null][], steps: string): void {
  const last = rows.at(-1);
  if (last === undefined || last[1] === null) throw new Error(`Nothing to go on with: ${steps}`);
  last[1] += `; ${steps}`;
}

function readSteps(text: string): Step[] {
  return splitOutsideQuotes(text, ';')
    .map((step) => step.trim())
    .filter((step) => step !== '')
    .map(readStep);
}

function readStep(text: string): Step {
  const named = /^([a-z]+\d*): (.*)$/.exec(text);
  const [actor, rest] = named ? [named[1] ?? '', named[2] ?? ''] : [usualActor, text];
  const inBackground = rest.endsWith(' &');
  const [call = '', expected] = splitOutsideQuotes(inBackground ? rest.slice(0, -2) : rest, ' = ');
  const words = splitOutsideQuotes(call.trim(), ' ')
    .filter((word) => word !== '')
    .map(plainWord);
  const wanted = expected === undefined ? null : withRepetitions(expected.trim());
  return { actor, words, expected: wanted, inBackground, text };
}

export function deedOf(step: Step): Deed | undefined {
  return deeds.find((deed) => deed === step.words[0]);
}

/** Without the quotes that kept it together. */
function plainWord(word: string): string {
  return withRepetitions(/^".*"$/.test(word) ? word.slice(1, -1) : word);
}

/** `{x*3}` is `xxx`. */
function withRepetitions(text: string): string {
  return text.replace(/\{(.+?)\*(\d+)\}/g, (_, part: string, count: string) =>
    part.repeat(Number(count)),
  );
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let [start, quoted] = [0, false];
  for (let index = 0; index < text.length; index++) {
    if (text[index] === '"') quoted = !quoted;
    if (quoted || index < start || !text.startsWith(separator, index)) continue;
    parts.push(text.slice(start, index));
    start = index + separator.length;
  }
  return [...parts, text.slice(start)];
}
