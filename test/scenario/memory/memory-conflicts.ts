import { type InodeId, rootInode } from '../../../src/metadata/ids.ts';
import type { Replica } from '../../../src/metadata/replica.ts';

/** Where things stand beside the name that they wanted, as paths in the tree of raw bytes. */
export function conflictPaths(replica: Replica): string[] {
  return [...replica.conflicts()].map(({ parent, name }) => `${pathOf(replica, parent)}/${name}`);
}

function pathOf(replica: Replica, directory: InodeId): string {
  if (directory === rootInode) return '';
  const [place] = replica.placesOf(directory);
  if (place === undefined) throw new Error('this directory has no name');
  return `${pathOf(replica, place.parent)}/${place.name}`;
}
