import type { ExpectedEntry } from './scenario.ts';
import type { Word } from './words.ts';

type Draft = { -readonly [Key in keyof ExpectedEntry]: ExpectedEntry[Key] } & {
  xattrs: Map<string, string>;
  filled: Map<string, number>;
};

type Take = () => string;

const clauses: Readonly<Record<string, (entry: Draft, take: Take) => void>> = {
  mode: (entry, take) => (entry.mode = Number.parseInt(take(), 8)),
  owner: (entry, take) => (entry.owner = take()),
  is: (entry, take) => (entry.same = take()),
  xattr: (entry, take) => entry.xattrs.set(take(), take()),
  state: (entry, take) => (entry.state = take()),
  mtime: (entry, take) => (entry.mtime = Number(take())),
  filled: (entry, take) => entry.filled.set(take(), Number(take())),
  '->': (entry, take) => {
    entry.type = 'symlink';
    entry.target = take();
  },
  fifo: (entry) => (entry.type = 'fifo'),
  socket: (entry) => (entry.type = 'socket'),
  device: (entry) => (entry.type = 'device'),
  whatever: (entry) => (entry.withAnything = true),
};

/** One line of a tree: a path, then what is there. */
export function readEntry(words: readonly Word[], line: number, text: string): ExpectedEntry {
  const path = words[0]?.text ?? '';
  const isDirectory = path.endsWith('/');
  const entry: Draft = {
    ...{ line, text, path: isDirectory ? path.slice(0, -1) : path },
    type: isDirectory ? 'directory' : 'file',
    ...{ content: undefined, target: undefined, mode: undefined, owner: undefined },
    ...{ same: undefined, state: undefined, mtime: undefined, withAnything: false },
    ...{ xattrs: new Map(), filled: new Map() },
  };
  let at = 1;
  const take = (): string => {
    const word = words[at];
    if (word === undefined) throw new Error('something is missing at the end');
    at += 1;
    return word.text;
  };
  while (at < words.length) {
    const isContent = words[at]?.isQuoted ?? false;
    const word = take();
    const clause = clauses[word];
    if (isContent) entry.content = word;
    else if (clause) clause(entry, take);
    else throw new Error(`"${word}" says nothing about a file`);
  }
  requireContent(entry);
  return entry;
}

function requireContent({ type, content, same, withAnything }: Draft): void {
  const isPlain = type === 'file' && same === undefined;
  if (isPlain && content === undefined && !withAnything) {
    throw new Error('a file needs its text, or "whatever"');
  }
}
