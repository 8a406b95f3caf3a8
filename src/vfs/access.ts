import type { Name } from '../metadata/name.ts';
import type { Node, NodeType } from '../metadata/node.ts';
import type { Acting } from '../metadata/operation.ts';
import type { AttributeChange } from './file-system.ts';

/**
 * Who may do what: each method returns when it is allowed and throws EACCES or EPERM otherwise, as Linux would for a file system on
 * a disk. Whether something exists is asked elsewhere.
 */
export interface Access {
  /** Whether the kernel obeys access lists, and so looks by itself for the mode that comes with one. */
  readonly isKernels: boolean;
  /** To look a name up in a directory. */
  search(acting: Acting, directory: Node): void;
  /** To add names to a directory. */
  addEntry(acting: Acting, directory: Node): void;
  /** To take this one out of a directory. */
  removeEntry(acting: Acting, directory: Node, victim: Node): void;
  /** To give a directory another parent. */
  changeParent(acting: Acting, directory: Node): void;
  makeNode(acting: Acting, type: NodeType): void;
  /** With the flags of open(2). */
  open(acting: Acting, node: Node, flags: number): void;
  /** access(2). */
  check(acting: Acting, node: Node, mask: number): void;
  setAttributes(acting: Acting, node: Node, change: AttributeChange): void;
  readXattr(acting: Acting, node: Node, name: Name): void;
  writeXattr(acting: Acting, node: Node, name: Name): void;
  /** Whether a listing shows this one. */
  showsXattr(acting: Acting, name: Name): boolean;
  /** Whether set-id bits go when he changes a file. `told` is what the kernel says, where it says something. */
  takesSetId(acting: Acting, told: boolean | undefined): boolean;
  /** What chmod(2) and creation grant of the mode asked for, in a group: set-group-id only to its members. */
  grantedMode(acting: Acting, gid: number, mode: number): number;
}
