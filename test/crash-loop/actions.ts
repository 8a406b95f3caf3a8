import * as fs from 'node:fs';
import { noise } from './random.ts';

/** What a writer does to its files. Contents follow from seeds. */
export type Action =
  /** Makes the file if it is not there; beyond its end, zeros come between. */
  | {
      readonly kind: 'write';
      readonly path: string;
      readonly position: number;
      readonly length: number;
      readonly seed: number;
    }
  /** Empties the file, or makes it, and writes it from the beginning. */
  | {
      readonly kind: 'replace';
      readonly path: string;
      readonly length: number;
      readonly seed: number;
    }
  | { readonly kind: 'truncate'; readonly path: string; readonly size: number }
  | { readonly kind: 'rename'; readonly path: string; readonly to: string }
  | { readonly kind: 'remove'; readonly path: string };

/** Contents by path. */
export type Files = Map<string, Buffer>;

export function pathsOf(action: Action): string[] {
  return action.kind === 'rename' ? [action.path, action.to] : [action.path];
}

/** What is in the files afterwards. */
export function applyAction(files: Files, action: Action): void {
  const before = files.get(action.path) ?? Buffer.alloc(0);
  switch (action.kind) {
    case 'write': {
      const size = Math.max(before.length, action.position + action.length);
      const after = resized(before, size);
      noise(action.seed, action.length).copy(after, action.position);
      files.set(action.path, after);
      return;
    }
    case 'replace':
      files.set(action.path, noise(action.seed, action.length));
      return;
    case 'truncate':
      files.set(action.path, resized(before, action.size));
      return;
    case 'rename':
      files.delete(action.path);
      files.set(action.to, before);
      return;
    case 'remove':
      files.delete(action.path);
  }
}

/** Does it to real files below the current directory; the descriptor that was written through stays open for the caller to close. */
export function perform(action: Action, isFlushed: boolean): number | undefined {
  if (action.kind === 'remove') {
    fs.unlinkSync(action.path);
    return undefined;
  }
  if (action.kind === 'rename') fs.renameSync(action.path, action.to);
  const flags = action.kind === 'replace' ? fs.constants.O_TRUNC : 0;
  const path = action.kind === 'rename' ? action.to : action.path;
  const file = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT | flags, 0o644);
  if (action.kind === 'truncate') fs.ftruncateSync(file, action.size);
  if (action.kind === 'write' || action.kind === 'replace') {
    const position = action.kind === 'write' ? action.position : 0;
    writeAll(file, noise(action.seed, action.length), position);
  }
  if (isFlushed) fs.fsyncSync(file);
  return file;
}

/** Whether an action that was cut short can have left this; `found` has what is there of the paths that it touches. */
export function isPossible(before: Files, action: Action, found: Files): boolean {
  const after: Files = new Map(before);
  applyAction(after, action);
  const isAsIn = (files: Files): boolean =>
    pathsOf(action).every((path) => isSame(files.get(path), found.get(path)));
  if (isAsIn(before) || isAsIn(after)) return true;
  const content = found.get(action.path);
  if (content === undefined) return false;
  const wanted = after.get(action.path) ?? Buffer.alloc(0);
  if (action.kind === 'replace') return isSame(content, wanted.subarray(0, content.length));
  if (action.kind !== 'write') return false;
  return isBetween(before.get(action.path) ?? Buffer.alloc(0), wanted, content);
}

/** Each byte is the old one or the new one, and the end lies between theirs. */
function isBetween(before: Buffer, after: Buffer, content: Buffer): boolean {
  if (content.length < before.length || content.length > after.length) return false;
  const old = resized(before, content.length);
  return content.every((byte, at) => byte === old[at] || byte === after[at]);
}

function isSame(one: Buffer | undefined, other: Buffer | undefined): boolean {
  return one === undefined || other === undefined ? one === other : one.equals(other);
}

function resized(bytes: Buffer, size: number): Buffer {
  const result = Buffer.alloc(size);
  bytes.copy(result, 0, 0, Math.min(size, bytes.length));
  return result;
}

function writeAll(file: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length;) {
    done += fs.writeSync(file, bytes, done, bytes.length - done, position + done);
  }
}
