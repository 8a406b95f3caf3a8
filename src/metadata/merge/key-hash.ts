import { getRandomValues } from 'node:crypto';

/** How an operation used a row or a whole. */
export const use = { read: 0, touch: 1, write: 2 } as const;
export type Use = (typeof use)[keyof typeof use];

// Chosen anew by every process, so that nobody can choose names that seem to be one. What only seems to be one is undone needlessly,
// nothing worse.
const [firstSeed = 1, secondSeed = 2] = getRandomValues(new Uint32Array(2));

/** The two halves of the hash last computed: one result, without making an object for each of millions of keys. */
export const hashed = { first: 0, second: 0 };

export function hashText(key: string, by: Use): void {
  let first = firstSeed ^ Math.imul(by + 1, 0x9e3779b1);
  let second = secondSeed ^ Math.imul(by + 1, 0x85ebca6b);
  for (let at = 0; at < key.length; at += 1) {
    const code = key.charCodeAt(at);
    first = Math.imul(first ^ code, 0x01000193);
    second = Math.imul((second << 5) ^ (second >>> 27) ^ code, 0x27d4eb2f);
  }
  finish(first, second);
}

/** Of a key that lies in `bytes`; the same as that of its text. */
export function hashBytes(bytes: Uint8Array, start: number, end: number, by: Use): void {
  let first = firstSeed ^ Math.imul(by + 1, 0x9e3779b1);
  let second = secondSeed ^ Math.imul(by + 1, 0x85ebca6b);
  for (let at = start; at < end; at += 1) {
    const code = bytes[at] ?? 0;
    first = Math.imul(first ^ code, 0x01000193);
    second = Math.imul((second << 5) ^ (second >>> 27) ^ code, 0x27d4eb2f);
  }
  finish(first, second);
}

/** Neighbouring keys must not come to lie side by side; 0 stands for an empty place. */
function finish(first: number, second: number): void {
  let mixed = Math.imul(first ^ (first >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  hashed.first = (mixed ^ (mixed >>> 16)) >>> 0 || 1;
  hashed.second = second >>> 0;
}
