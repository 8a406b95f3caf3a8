/** A mistake in a scenario's text: whoever wrote it is told where. */
export class ScenarioMistake extends Error {
  constructor(file: string, line: number, problem: string) {
    super(`${file}, line ${line}: ${problem}`);
  }
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', '"': '"', '\\': '\\' };

/** What is wrong in a line, until it is known in which file. */
class LineProblem extends Error {
  readonly line: number;

  constructor(line: number, problem: string) {
    super(problem);
    this.line = line;
  }
}

/** What goes wrong in `work` is the fault of this line, unless it is already of one below. */
export function atLine<T>(line: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof LineProblem) throw error;
    throw new LineProblem(line, (error as Error).message);
  }
}

/** The same with the name of the file. */
export function inFile<T>(file: string, line: number, work: () => T): T {
  try {
    return atLine(line, work);
  } catch (error) {
    const problem = error as LineProblem;
    throw new ScenarioMistake(file, problem.line, problem.message);
  }
}

export interface Word {
  readonly text: string;
  /** Begins with a quotation mark: a text, or a path that needs them. */
  readonly isQuoted: boolean;
}

const piece = /"((?:[^"\\]|\\.)*)"(?:\*(\d+))?|([^\s"]+)/y;

/**
 * The words of a line. A word is made of bare characters and of pieces in quotation marks, in which `\xFF` is a byte; a piece can be
 * repeated, as in `"a"*250.txt`. Ends at a `#` that begins a word.
 */
export function wordsOf(line: string): Word[] {
  const words: Word[] = [];
  let at = 0;
  for (;;) {
    while (/\s/.test(line[at] ?? '')) at += 1;
    if (at >= line.length || line[at] === '#') return words;
    const isQuoted = line[at] === '"';
    let word = '';
    while (at < line.length && !/\s/.test(line[at] ?? '')) {
      piece.lastIndex = at;
      const match = piece.exec(line);
      if (!match) throw new Error('a quotation mark is not closed');
      const [whole, quoted, count = '1', bare = ''] = match;
      word += quoted === undefined ? bare : unescape(quoted).repeat(Number(count));
      at += whole.length;
    }
    words.push({ text: word, isQuoted });
  }
}

function unescape(text: string): string {
  return text.replaceAll(/\\(?:x([0-9a-fA-F]{2})|(.))/g, (_, hex?: string, character = '') =>
    hex === undefined
      ? (escapes[character as string] ?? fail(character as string))
      : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function fail(character: string): never {
  throw new Error(`\\${character} means nothing`);
}

/** The reverse, for showing what was found. Without the marks where none are needed, if `bare`. */
export function quoted(bytes: string, bare = false): string {
  // Printable ASCII but for what means something.
  if (bare && /^[!$-[\]-~]+$/.test(bytes)) return bytes;
  return `"${bytes.replaceAll(/[^ !#-[\]-~]/g, escaped)}"`;
}

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\\' || character === '"') return `\\${character}`;
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
