import { createHash } from 'node:crypto';
import type { ExpectedEntry } from '../language/scenario.ts';
import { quoted } from '../language/words.ts';
import type { Calendar } from './calendar.ts';
import type { Seen } from './stage.ts';

/** Longer texts are compared by their hash. */
const shownBytes = 200;

export const plainModes = { directory: 0o755, file: 0o644 } as const;

/** What is seen, one line for each path, in the words of a scenario; only what the text says of a path is told of it. */
export function seenLines(
  entries: readonly ExpectedEntry[],
  seen: readonly Seen[],
  calendar: Calendar,
): string[] {
  const said = new Map(entries.map((entry) => [calendar.fill(entry.path), entry]));
  const firstPaths = new Map<number, string>();
  const lines: string[] = [];
  for (const each of seen) {
    if (isLeftOut(each.path, said)) continue;
    const first = firstPaths.get(each.inode);
    if (first === undefined) firstPaths.set(each.inode, each.path);
    lines.push(lineOf(each, first, said.get(each.path)));
  }
  return lines;
}

/** Below a directory of which nothing is said, or one of many files that are counted. */
export function isLeftOut(path: string, said: ReadonlyMap<string, ExpectedEntry>): boolean {
  const parts = path.split('/');
  const above = parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
  return above.some((each) => said.get(each)?.withAnything && said.get(each)?.type === 'directory');
}

function lineOf(seen: Seen, first: string | undefined, entry: ExpectedEntry | undefined): string {
  const owner = entry?.owner === undefined ? '' : ` owner ${seen.uid}:${seen.gid}`;
  const state = entry?.state === undefined ? '' : ` state ${seen.state || 'plain'}`;
  const mtime = entry?.mtime === undefined ? '' : ` mtime ${seen.mtime}`;
  return head(seen, first, entry?.withAnything ?? false) + owner + state + mtime;
}

function head(seen: Seen, first: string | undefined, withAnything: boolean): string {
  const { path, type, links } = seen;
  const shown = quoted(path, true);
  if (type === 'directory') return `${shown}/${modeOf(seen)}${xattrsOf(seen)}`;
  if (first !== undefined) return `${shown} is ${quoted(first, true)}`;
  const names = links === 1 ? '' : ` links ${links}`;
  return `${shown} ${bodyOf(seen, withAnything)}${modeOf(seen)}${names}${xattrsOf(seen)}`;
}

function bodyOf(seen: Seen, withAnything: boolean): string {
  if (seen.type === 'symlink') return `-> ${quoted(seen.target, true)}`;
  if (seen.type !== 'file') return seen.type.replace(/^(character|block)-/, '');
  if (withAnything || seen.isClosed) return 'whatever';
  return textOf(seen.content ?? Buffer.alloc(0));
}

export function textOf(content: Buffer): string {
  if (content.length <= shownBytes) return quoted(content.toString('latin1'));
  return `${content.length} bytes ${hashOf(content)}`;
}

function hashOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}

function modeOf({ type, mode }: Seen): string {
  if (type === 'symlink') return '';
  return modeText(type === 'directory' ? plainModes.directory : plainModes.file, mode);
}

export function modeText(plain: number, mode: number): string {
  return mode === plain ? '' : ` mode ${mode.toString(8)}`;
}

function xattrsOf({ xattrs }: Seen): string {
  return xattrsText(xattrs);
}

export function xattrsText(xattrs: ReadonlyMap<string, string>): string {
  return [...xattrs]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => ` xattr ${quoted(name, true)} ${quoted(value)}`)
    .join('');
}

/** All that must be the same for everybody, the numbers of the inodes included. */
export function factsOf(seen: readonly Seen[]): string[] {
  return seen.map((each) => {
    const { path, type, inode, mode, uid, gid, links, size, mtime, target, isClosed, state } = each;
    const facts = [type, inode, mode.toString(8), uid, gid, links, size, mtime, quoted(target)];
    const content = each.content === undefined ? '' : hashOf(each.content);
    const more = [content, xattrsText(each.xattrs), state, isClosed ? 'closed' : ''];
    return [quoted(path, true), ...facts, ...more].join(' ').trimEnd();
  });
}

/** On `net` not everybody may look into everything: what one of the two cannot see is left out for both. */
export function factsForBoth(one: string[], other: string[]): [string[], string[]] {
  const closed = [...one, ...other].filter((line) => line.endsWith(' closed'));
  const paths = closed.map((line) => line.slice(0, line.indexOf(' ')));
  const isVisible = (line: string): boolean =>
    !paths.some((path) => line.startsWith(`${path} `) || line.startsWith(`${path}/`));
  return [one.filter(isVisible), other.filter(isVisible)];
}
