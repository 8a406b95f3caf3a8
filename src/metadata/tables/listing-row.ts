import type { InodeId } from '../ids.ts';
import type { Name } from '../name.ts';
import type { Entry, NodeType } from '../node.ts';
import { inodeFromBytes } from '../state/entry-record.ts';
import { nodeTypeOfCode } from '../state/node-record.ts';
import { inodeToText, keyPrefixBytes } from '../state/tree-key.ts';
import type { RawRow } from './rows.ts';

// A stored entry is its cookie, then the entry's record. A listing row, found by the cookie, is the record's inode and type, then the
// name. Cookies are this machine's own, so they are added when a change is committed and nothing that replays knows of them.

export const cookieBytes = 8;

export function withCookie(cookie: number, record: Buffer): Buffer {
  return Buffer.concat([Buffer.from(inodeToText(cookie as InodeId), 'latin1'), record]);
}

export function cookieOf(stored: Buffer): number {
  return inodeFromBytes(stored, 0);
}

export function listingValue(record: Buffer, name: Name): Buffer {
  return Buffer.concat([record.subarray(0, 9), Buffer.from(name, 'latin1')]);
}

export function listedEntry({ key, value }: RawRow): Entry {
  return {
    name: value.toString('latin1', 9) as Name,
    inode: inodeFromBytes(value, 0),
    type: typeAt(value, 8),
    cookie: inodeFromBytes(key, keyPrefixBytes),
  };
}

export function storedEntry(name: Name, stored: Buffer): Entry {
  return {
    name,
    inode: inodeFromBytes(stored, cookieBytes),
    type: typeAt(stored, cookieBytes + 8),
    cookie: cookieOf(stored),
  };
}

function typeAt(bytes: Buffer, offset: number): NodeType {
  return nodeTypeOfCode(bytes[offset] ?? 0) ?? 'file';
}
