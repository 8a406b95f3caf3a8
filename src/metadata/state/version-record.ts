import type { InodeId } from '../ids.ts';
import type { Head } from '../node.ts';
import { headBytes, readHead, writeHead } from './node-record.ts';

/**
 * What is stored of every version of a file, under the number of the node that would show it beside the file: so that such a node can
 * come to be whenever somebody refers to it, whether or not it was shown at that place in the order of operations.
 */
export interface VersionRecord {
  readonly file: InodeId;
  readonly head: Head;
  /** The number of the version that was written over this one, in whose bytes this one's are gone. */
  readonly next: InodeId | null;
}

const inodeBytes = 8;

export function encodeVersion({ file, head, next }: VersionRecord): Buffer {
  const bytes = Buffer.allocUnsafe(2 * inodeBytes + headBytes);
  bytes.writeDoubleBE(file, 0);
  bytes.writeDoubleBE(next ?? 0, inodeBytes);
  writeHead(bytes, head, 2 * inodeBytes);
  return bytes;
}

export function decodeVersion(bytes: Buffer): VersionRecord {
  const next = bytes.readDoubleBE(inodeBytes);
  return {
    file: bytes.readDoubleBE(0) as InodeId,
    head: readHead(bytes, 2 * inodeBytes),
    next: next === 0 ? null : (next as InodeId),
  };
}
