import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** What something took, and to how many things, or bytes, it was done. */
export interface Work {
  readonly nanoseconds: number;
  readonly amount: number;
}

export function perSecond({ nanoseconds, amount }: Work): number {
  return (amount / nanoseconds) * 1e9;
}

/** Builds client.c into a directory; the function runs one of its loops. */
export function buildClient(directory: string): (...parameters: string[]) => Work {
  const program = join(directory, 'client');
  const source = join(import.meta.dirname, 'client.c');
  execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-o', program, source], { stdio: 'inherit' });
  return (...parameters) => {
    const answer = execFileSync(program, parameters, { encoding: 'utf8' });
    const [nanoseconds = 0, amount = 0] = answer.trim().split(' ').map(Number);
    return { nanoseconds, amount };
  };
}

/** Another program, as a whole. */
export function timeProgram(amount: number, program: string, ...parameters: string[]): Work {
  const start = process.hrtime.bigint();
  execFileSync(program, parameters, { stdio: ['ignore', 'ignore', 'inherit'] });
  return { nanoseconds: Number(process.hrtime.bigint() - start), amount };
}
