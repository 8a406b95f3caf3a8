import type { ExpectedEntry } from '../language/scenario.ts';
import { quoted } from '../language/words.ts';
import type { Calendar } from './calendar.ts';
import { isLeftOut, modeText, plainModes, textOf, xattrsText } from './seen-lines.ts';
import type { Seen, Stage } from './stage.ts';
import { ownerOf } from './verbs.ts';

/** The text's tree in the same form as what is seen: parents that are not said, counted files and modes filled in. */
export function expectedLines(
  entries: readonly ExpectedEntry[],
  seen: readonly Seen[],
  calendar: Calendar,
  stage: Stage,
): string[] {
  const all = withFilled(withParents(entries.map((entry) => filledIn(entry, calendar))));
  const said = new Map(all.map((entry) => [entry.path, entry]));
  if (said.size < all.length) throw new Error('the tree names a path twice');
  const closed = new Set(seen.filter(({ isClosed }) => isClosed).map(({ path }) => path));
  return all
    .filter(({ path }) => !isLeftOut(path, said) && !isBelowClosed(path, closed))
    .sort((one, other) => (one.path < other.path ? -1 : 1))
    .map((entry) => lineOf(entry, all, closed, stage));
}

function filledIn(entry: ExpectedEntry, calendar: Calendar): ExpectedEntry {
  const same = entry.same === undefined ? undefined : calendar.fill(entry.same);
  return { ...entry, path: calendar.fill(entry.path), same };
}

function withParents(entries: readonly ExpectedEntry[]): ExpectedEntry[] {
  const all = new Map(entries.map((entry) => [entry.path, entry]));
  if (all.size < entries.length) throw new Error('the tree names a path twice');
  for (const { path } of entries) {
    const parts = path.split('/').slice(0, -1);
    for (const index of parts.keys()) {
      const parent = parts.slice(0, index + 1).join('/');
      if (!all.has(parent)) all.set(parent, plain(parent, 'directory'));
    }
  }
  return [...all.values()];
}

function withFilled(entries: readonly ExpectedEntry[]): ExpectedEntry[] {
  return entries.flatMap((entry) => [
    entry,
    ...[...entry.filled].flatMap(([prefix, count]) =>
      Array.from({ length: count }, (_, index): ExpectedEntry => {
        const name = `${prefix}${index + 1}`;
        return { ...plain(`${entry.path}/${name}`, 'file'), content: name };
      }),
    ),
  ]);
}

function plain(path: string, type: 'file' | 'directory'): ExpectedEntry {
  return {
    ...{ path, type, line: 0, text: '', content: undefined, target: undefined, mode: undefined },
    ...{
      owner: undefined,
      same: undefined,
      state: undefined,
      mtime: undefined,
      withAnything: false,
    },
    ...{ xattrs: new Map(), filled: new Map() },
  };
}

function isBelowClosed(path: string, closed: ReadonlySet<string>): boolean {
  return [...closed].some((each) => path.startsWith(`${each}/`));
}

function lineOf(
  entry: ExpectedEntry,
  all: readonly ExpectedEntry[],
  closed: ReadonlySet<string>,
  stage: Stage,
): string {
  const owner = entry.owner === undefined ? '' : ` owner ${ownerOf(stage, entry.owner).join(':')}`;
  const state = entry.state === undefined ? '' : ` state ${entry.state}`;
  const mtime = entry.mtime === undefined ? '' : ` mtime ${entry.mtime}`;
  return head(entry, all, closed) + owner + state + mtime;
}

function head(
  entry: ExpectedEntry,
  all: readonly ExpectedEntry[],
  closed: ReadonlySet<string>,
): string {
  const { path, type, mode } = entry;
  const shown = quoted(path, true);
  if (type === 'directory') {
    const own = modeText(plainModes.directory, mode ?? plainModes.directory);
    return `${shown}/${own}${xattrsText(entry.xattrs)}`;
  }
  if (entry.same !== undefined) return `${shown} is ${quoted(entry.same, true)}`;
  const own = type === 'symlink' ? '' : modeText(plainModes.file, mode ?? plainModes.file);
  const others = all.filter(({ same }) => same === path).length;
  const names = others === 0 ? '' : ` links ${others + 1}`;
  return `${shown} ${bodyOf(entry, closed)}${own}${names}${xattrsText(entry.xattrs)}`;
}

function bodyOf(entry: ExpectedEntry, closed: ReadonlySet<string>): string {
  if (entry.type === 'symlink') return `-> ${quoted(entry.target ?? '', true)}`;
  if (entry.type !== 'file') return entry.type;
  if (entry.withAnything || closed.has(entry.path)) return 'whatever';
  return textOf(Buffer.from(entry.content ?? '', 'latin1'));
}
