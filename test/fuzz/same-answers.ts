import type { Step } from './step.ts';

/** Where a disk and Peerfuse may differ, and why. All else must be the same. */
interface Liberty {
  readonly calls: ReadonlySet<string>;
  readonly ignores: RegExp;
  /** Only with answers that say this. */
  readonly when?: RegExp;
}

const liberties: readonly Liberty[] = [
  // A disk does not date an attribute that is set to what it was. Here others may be setting it to something else at the same time.
  { calls: new Set(['setxattr', 'lsetxattr', 'fsetxattr']), ignores: / c=(same|later)/g },
  // A pipe is the kernel's own: nobody is told that something was written into it.
  {
    calls: new Set(['write-noise', 'pwrite-noise']),
    ignores: / [mc]=(same|later)/g,
    when: /is \d+: 01[0-7]{4} /,
  },
  // Positions in directories are each file system's own affair.
  { calls: new Set(['lseek']), ignores: /^\w+/, when: /is \d+: 04/ },
];

/**
 * Whether what came of a step is what it must be. Where the kernel does not check rights (`kernelChecks`), it looks at types and
 * names before Peerfuse is asked, so that another of two errors comes first.
 */
export function sameAnswers(
  step: Step,
  disk: string,
  mount: string,
  kernelChecks: boolean,
): boolean {
  if (disk === mount || comparable(step, disk) === comparable(step, mount)) return true;
  return !kernelChecks && disk.replace(/^EACCES/, '') === mount.replace(/^E[A-Z]+/, '');
}

function comparable({ words: [call = ''] }: Step, answer: string): string {
  return liberties
    .filter(({ calls, when }) => calls.has(call) && (when?.test(answer) ?? true))
    .reduce((text, { ignores }) => text.replace(ignores, ''), answer);
}
