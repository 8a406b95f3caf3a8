import type { User } from '../conformance/posix/users.ts';
import { FuzzAgent } from './agent.ts';
import { folderIn } from './places.ts';
import { type Step, textOf } from './step.ts';
import { sameAnswers } from './same-answers.ts';

/** What one step did differently in two places. */
export interface Difference {
  readonly index: number;
  readonly step: Step;
  readonly disk: string;
  readonly mount: string;
}

export interface Places {
  readonly program: string;
  readonly disk: string;
  readonly mount: string;
  /** Whether the kernel decides who may do what on the mount. */
  readonly kernelChecks: boolean;
  /** Who starts the agents, and looks at what came of each step. */
  readonly user: User;
}

/** Makes the same steps in two empty folders; the first difference. */
export async function play(
  places: Places,
  steps: readonly Step[],
): Promise<Difference | undefined> {
  const { program, user } = places;
  await using onDisk = await folderIn(places.disk, user);
  await using onMount = await folderIn(places.mount, user);
  await using diskAgent = new FuzzAgent(program, onDisk.path, user);
  await using mountAgent = new FuzzAgent(program, onMount.path, user);
  const [disk, mount] = await Promise.all([diskAgent.run(steps), mountAgent.run(steps)]);
  for (const [index, step] of steps.entries()) {
    const [expected, actual] = [disk[index] ?? 'nothing', mount[index] ?? 'nothing'];
    if (!sameAnswers(step, expected, actual, places.kernelChecks))
      return { index, step, disk: expected, mount: actual };
  }
  return undefined;
}

/** A difference as people read it: of long answers only the parts that differ. */
export function describeDifference({ step, disk, mount }: Difference): string {
  const [expected, actual] = [disk.split(' | '), mount.split(' | ')];
  const differing = expected.flatMap((part, at) => (part === actual[at] ? [] : [at]));
  const more = actual.length > expected.length ? [expected.length] : [];
  const lines = [...differing, ...more]
    .slice(0, 6)
    .flatMap((at) => [
      `    ext4:  ${expected[at] ?? 'nothing'}`,
      `    mount: ${actual[at] ?? 'nothing'}`,
    ]);
  return [`  ${textOf(step)}`, ...lines].join('\n');
}
