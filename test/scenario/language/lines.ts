import { inFile, type Word, wordsOf } from './words.ts';

/** A line that says something, with the lines below it that are indented further. */
export interface Line {
  readonly number: number;
  readonly text: string;
  readonly words: readonly Word[];
  readonly below: readonly Line[];
}

interface OpenLine extends Line {
  readonly indent: number;
  readonly below: OpenLine[];
}

export function linesOf(text: string, file: string): Line[] {
  const top: OpenLine[] = [];
  const open: OpenLine[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = openLine(raw, index + 1, file);
    if (line.words.length === 0) continue;
    while (open.length > 0 && (open.at(-1)?.indent ?? 0) >= line.indent) open.pop();
    (open.at(-1)?.below ?? top).push(line);
    open.push(line);
  }
  return top;
}

function openLine(raw: string, number: number, file: string): OpenLine {
  // A title may hold anything.
  const text = raw.trim();
  const words = text.startsWith('scenario ')
    ? text.split(' ').map((word) => ({ text: word, isQuoted: false }))
    : inFile(file, number, () => wordsOf(text));
  return { number, text, words, below: [], indent: raw.search(/\S/) };
}
