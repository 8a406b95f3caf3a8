import { nameForPeople, type Name } from '../name.ts';
import { inodeOfKey, isEntryKey, kindOfKey, restOfKey, type TreeKey } from '../state/tree-key.ts';

/** Something that is not as it must be; a sentence for people. */
export interface Problem {
  readonly what: string;
}

/** A row of the tree, for people. */
export function describeKey(key: TreeKey): string {
  const inode = inodeOfKey(key);
  if (isEntryKey(key)) {
    return `the name ${JSON.stringify(nameForPeople(restOfKey(key) as Name))} in directory ${inode}`;
  }
  return `row "${kindOfKey(key)}" of inode ${inode}`;
}
