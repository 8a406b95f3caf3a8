import { randomBytes } from 'node:crypto';

/** Chance. Passed in, so that a test can replay it. Never used for keys: those come from node:crypto itself. */
export interface Random {
  /** A number in [0, 1). */
  fraction(): number;
}

export const systemRandom: Random = {
  fraction: () => randomBytes(4).readUInt32BE() / 2 ** 32,
};
