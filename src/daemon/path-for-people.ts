import { type InodeId, rootInode } from '../metadata/ids.ts';
import { nameForPeople } from '../metadata/name.ts';
import type { Replica } from '../metadata/replica.ts';

/** A path that leads to the inode, for messages; of a file with several names, one of them. */
export function pathForPeople(replica: Replica, inode: InodeId): string {
  const parts: string[] = [];
  for (let current = inode; current !== rootInode;) {
    const [place] = replica.placesOf(current);
    if (place === undefined) return `(removed file ${inode})`;
    parts.unshift(nameForPeople(place.name));
    current = place.parent;
  }
  return `/${parts.join('/')}`;
}
