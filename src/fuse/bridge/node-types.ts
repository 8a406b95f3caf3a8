import type { NodeType } from '../../metadata/node.ts';
import { constants } from 'node:fs';

/** The type bits of `st_mode`. */
export const modeBits: Readonly<Record<NodeType, number>> = {
  file: constants.S_IFREG,
  directory: constants.S_IFDIR,
  symlink: constants.S_IFLNK,
  fifo: constants.S_IFIFO,
  socket: constants.S_IFSOCK,
  'character-device': constants.S_IFCHR,
  'block-device': constants.S_IFBLK,
};

/** What may be set with chmod(2). */
export const permissionMask = 0o7777;

const typesByMode = new Map(
  Object.entries(modeBits).map(([type, bits]) => [bits, type as NodeType]),
);

/** Undefined for a mode that names no type. A mode without type bits is a file's, as mknod(2) has it. */
export function typeOfMode(mode: number): NodeType | undefined {
  const bits = mode & constants.S_IFMT;
  return bits === 0 ? 'file' : typesByMode.get(bits);
}

/** `d_type` of a directory entry: the type bits, moved down. */
export function directoryEntryType(type: NodeType): number {
  return modeBits[type] >> 12;
}
