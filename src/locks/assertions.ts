import type { HeldLock } from './file-locks.ts';
import type { HeldFile } from './held-file.ts';
import { maximumLocksPerMessage } from './limits.ts';
import type { AssertedFile, HolderMessage, WireLock } from './messages.ts';

type Assertion = Omit<HolderMessage & { kind: 'assert' }, 'position'>;
type Returned = Omit<HolderMessage & { kind: 'returned' }, 'position'>;

export function wireLockOf({ kind, owner, type, start, end }: HeldLock): WireLock {
  return { kind, owner: owner.key, type, start, end };
}

/** What each member is told of the files that it coordinates: at least that there are none. In parts when it is much. */
export function* assertions(
  members: readonly number[],
  files: Iterable<HeldFile>,
  coordinatorOf: (inode: number) => number,
): Generator<readonly [to: number, message: Assertion]> {
  const piecesByMember = new Map<number, AssertedFile[]>();
  for (const { inode, arbiter } of files) {
    const locks = [...arbiter.locks.all()].map(wireLockOf);
    const pieces = inPieces(locks).map((piece) => ({ inode, locks: piece }));
    const to = coordinatorOf(inode);
    piecesByMember.set(to, [...(piecesByMember.get(to) ?? []), ...pieces]);
  }
  for (const member of members) {
    const parts = packed(piecesByMember.get(member) ?? []);
    for (const [index, part] of parts.entries()) {
      yield [member, { kind: 'assert', more: index < parts.length - 1, files: part }];
    }
  }
}

/** What is held of a file that is given back. */
export function returnedParts({ inode, arbiter }: HeldFile): Returned[] {
  const pieces = inPieces([...arbiter.locks.all()].map(wireLockOf));
  if (pieces.length === 0) pieces.push([]);
  return pieces.map((locks, index) => {
    return { kind: 'returned', inode, more: index < pieces.length - 1, locks };
  });
}

function inPieces(locks: readonly WireLock[]): WireLock[][] {
  const pieces: WireLock[][] = [];
  for (let start = 0; start < locks.length; start += maximumLocksPerMessage) {
    pieces.push(locks.slice(start, start + maximumLocksPerMessage));
  }
  return pieces;
}

/** Messages of bounded size; one at least. */
function packed(pieces: readonly AssertedFile[]): AssertedFile[][] {
  const messages: AssertedFile[][] = [[]];
  let size = 0;
  for (const piece of pieces) {
    if (size > 0 && size + piece.locks.length > maximumLocksPerMessage) {
      messages.push([]);
      size = 0;
    }
    messages.at(-1)?.push(piece);
    size += piece.locks.length;
  }
  return messages;
}
