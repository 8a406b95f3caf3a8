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
}

export function encodeVersion({ file, head }: VersionRecord): Buffer {
  const bytes = Buffer.allocUnsafe(8 + headBytes);
  bytes.writeDoubleBE(file, 0);
  writeHead(bytes, head, 8);
  return bytes;
}

export function decodeVersion(bytes: Buffer): VersionRecord {
  return { file: bytes.readDoubleBE(0) as InodeId, head: readHead(bytes, 8) };
}
