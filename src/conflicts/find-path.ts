import { rootInode } from '../metadata/ids.ts';
import { nameForPeople, nameFromText } from '../metadata/name.ts';
import type { InodeId } from '../metadata/ids.ts';
import type { Place, Replica } from '../metadata/replica.ts';

/** The place that a path from the network's root leads to; undefined when there is nothing, or for the root. */
export function placeAt(replica: Replica, path: string): Place | undefined {
  const byNumber = /^inode:(\d+)$/.exec(path)?.[1];
  if (byNumber !== undefined) return replica.placesOf(Number(byNumber) as InodeId)[0];
  const names = path.split('/').filter((part) => part !== '' && part !== '.');
  const last = names.pop();
  if (last === undefined) return undefined;
  let parent = rootInode;
  for (const name of names) {
    const entry = replica.entry(parent, nameFromText(name));
    if (entry?.type !== 'directory') return undefined;
    parent = entry.inode;
  }
  const name = nameFromText(last);
  return replica.entry(parent, name) && { parent, name };
}

/** From the network's root. */
export function pathOf(replica: Replica, { parent, name }: Place): string {
  const parts = [nameForPeople(name)];
  for (let current = parent; current !== rootInode;) {
    const [place] = replica.placesOf(current);
    if (place === undefined) break;
    parts.unshift(nameForPeople(place.name));
    current = place.parent;
  }
  return `/${parts.join('/')}`;
}
