import { type InodeId, rootInode } from '../metadata/ids.ts';
import type { RefusedOperation } from '../metadata/merge/own-refusals.ts';
import { type Name, nameFromText } from '../metadata/name.ts';
import type { Node } from '../metadata/node.ts';
import type { Place } from '../metadata/replica.ts';
import type { TreePath } from './rescue-folder.ts';

/** Deeper than this, the names at the end say enough; a path of the system has room for them. */
const maximumDepth = 12;

/** What is asked of the tree. */
export interface KnownPlaces {
  node(inode: InodeId): Node | undefined;
  placesOf(inode: InodeId): readonly Place[];
  /** Where its last name was when that was removed. */
  lastPlaceOf(inode: InodeId): Place | undefined;
  refusedOf(inode: InodeId): readonly RefusedOperation[];
}

/**
 * The path under which this device's user knew a thing: where he had put it, although that came to nothing, else where it is. Folders
 * that he made and that came to nothing are in it like any other.
 */
export function knownPath(tree: KnownPlaces, inode: InodeId): TreePath {
  const path: Name[] = [];
  for (let current = inode; current !== rootInode && path.length < maximumDepth;) {
    const place = knownPlace(tree, current);
    path.unshift(place?.name ?? nameFromText(`unnamed ${current}`));
    if (place === undefined) break;
    current = place.parent;
  }
  return path;
}

function knownPlace(tree: KnownPlaces, inode: InodeId): Place | undefined {
  const refused = tree.refusedOf(inode).map(({ operation }) => operation.fields);
  const moved = refused.findLast((fields) => fields.kind === 'rename');
  // What is in the tree still is where somebody finds it, unless he had moved it.
  if (moved?.kind === 'rename' && tree.node(inode) === undefined) {
    return { parent: moved.newParent, name: moved.newName };
  }
  const [place] = tree.placesOf(inode);
  if (place !== undefined) return place;
  const made = refused.find(({ kind }) => kind === 'create' || kind === 'link');
  if (made?.kind === 'create' || made?.kind === 'link') return made;
  return tree.lastPlaceOf(inode);
}
