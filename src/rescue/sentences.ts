import { nameForPeople } from '../metadata/name.ts';
import type { OperationFields, SetAttributes } from '../metadata/operation.ts';
import type { InodeId } from '../metadata/ids.ts';
import type { TreePath } from './rescue-folder.ts';

// What somebody did, in the words of a list that he reads later.

/** `pathOf` knows how he called things. */
export function sentenceOf(fields: OperationFields, pathOf: (inode: InodeId) => TreePath): string {
  if (!('inode' in fields)) return fields.kind;
  const path = textOf(pathOf(fields.inode));
  const at = (parent: InodeId, name: TreePath[number]) => textOf([...pathOf(parent), name]);
  switch (fields.kind) {
    case 'create':
      return fields.type === 'directory'
        ? `making the folder ${path}`
        : `making ${path}${fields.target === '' ? '' : `, a link to ${printable(fields.target)}`}`;
    case 'link':
      return `giving ${path} the name ${at(fields.parent, fields.name)}`;
    case 'unlink':
    case 'remove-directory':
      return `removing ${at(fields.parent, fields.name)}`;
    case 'rename':
      return `moving ${at(fields.parent, fields.name)} to ${at(fields.newParent, fields.newName)}`;
    case 'exchange':
      return `exchanging ${at(fields.parent, fields.name)} and ${at(fields.otherParent, fields.otherName)}`;
    case 'set-attributes':
      return `changing the ${attributesOf(fields)} of ${path}`;
    case 'set-content':
      return `changing the content of ${path}`;
    case 'set-xattr':
    case 'remove-xattr':
      return `changing the attribute ${printable(fields.name)} of ${path}`;
    case 'settle':
      return `settling the conflict of ${path}`;
    default:
      return fields satisfies never;
  }
}

export function textOf(path: TreePath): string {
  return path.map((name) => `/${printable(name)}`).join('');
}

/** Names may hold anything, and a line of the list is one thing. */
function printable(bytes: string): string {
  // oxlint-disable-next-line no-control-regex
  return nameForPeople(bytes as TreePath[number]).replaceAll(/[\u0000-\u001f\u007f]/g, '?');
}

function attributesOf({ mode, uid, gid }: SetAttributes): string {
  if (mode !== null) return 'mode';
  return uid !== null || gid !== null ? 'owner' : 'times';
}
