import { readFileSync } from 'node:fs';

/** Linux reports processor time in hundredths of a second whatever the kernel's own tick is (USER_HZ, proc(5)). */
const ticksPerSecond = 100;

/** Of a process with all its threads, until now. */
export function processorSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in parentheses and may hold spaces.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
