import type { Step } from './scenario.ts';

/** Longer than that no test on real mounts waits. */
const patienceMs = 3000;

/** Why steps cannot be done on this machine's clock; undefined when they can. */
export function whyMemoryOnly(steps: readonly Step[]): string | undefined {
  const all = steps.flatMap((step) => (step.kind === 'together' ? step.steps : [step]));
  if (all.some(({ kind }) => kind === 'clock')) return "real peers share this machine's clock";
  const waitsMs = all.reduce((sum, step) => sum + (step.kind === 'advance' ? step.byMs : 0), 0);
  return waitsMs > patienceMs ? 'it would have to wait for long' : undefined;
}
