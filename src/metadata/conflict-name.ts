import type { InodeId } from './ids.ts';
import { maximumNameBytes, nameFromText, type Name } from './name.ts';
import type { TreeTransaction } from './state/tree-transaction.ts';

// After so many conflicts of one user, day and name the inode number tells them apart, so that nobody can make the search long.
const countedConflicts = 8;

// An extension is part of the name's meaning; a longer one is more likely a sentence with a dot in it.
const maximumExtensionBytes = 16;

/** Who made what stands beside the name, and when: milliseconds since 1970. */
export interface Maker {
  readonly user: string;
  readonly millis: number;
}

/** A free name like `name (conflict, USER, DATE).ext`; the date is in UTC. */
export function conflictName(
  tree: TreeTransaction,
  parent: InodeId,
  name: Name,
  inode: InodeId,
  { user, millis }: Maker,
): Name {
  const date = new Date(millis).toISOString().slice(0, 10);
  const note = `conflict, ${user}, ${date}`;
  for (let count = 1; ; count += 1) {
    const number = count <= countedConflicts ? count : `${inode.toString(16)}-${count}`;
    const text = count === 1 ? note : `${note}, ${number}`;
    const candidate = withNote(name, nameFromText(` (${text})`));
    if (tree.readEntry(parent, candidate) === undefined) return candidate;
  }
}

/** `note` before the extension, in a name that is not too long. */
export function withNote(name: Name, note: string): Name {
  const extension = extensionOf(name);
  const base = name.slice(0, name.length - extension.length);
  const room = maximumNameBytes - note.length - extension.length;
  return (wholeCharacters(base, room) + note + extension) as Name;
}

function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  const length = name.length - dot;
  return dot > 0 && length > 1 && length <= maximumExtensionBytes ? name.slice(dot) : '';
}

/** At most `length` bytes, not cut within a UTF-8 character: those start with a byte that is not 10xxxxxx. */
function wholeCharacters(bytes: string, length: number): string {
  if (bytes.length <= length) return bytes;
  let end = Math.max(length, 0);
  while (end > 0 && (bytes.charCodeAt(end) & 0xc0) === 0x80) end -= 1;
  return bytes.slice(0, end);
}
