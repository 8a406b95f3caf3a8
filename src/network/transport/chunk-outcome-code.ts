import type { ChunkOutcome } from '../link.ts';

/** How outcomes travel between threads: one byte each. */
export const outcomeCode = { missing: 0, stored: 1, bad: 2 } as const satisfies Record<
  ChunkOutcome,
  number
>;

const outcomes: readonly ChunkOutcome[] = ['missing', 'stored', 'bad'];

export function outcomesOf(codes: Uint8Array): ChunkOutcome[] {
  return Array.from(codes, (code) => outcomes[code] ?? 'missing');
}
