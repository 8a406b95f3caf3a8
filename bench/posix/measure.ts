import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { processorSeconds } from '../processor-time.ts';
import type { Question } from './questions.ts';
import { settle, type Subject, type SubjectName } from './subjects.ts';
import { perSecond } from './work.ts';

/** One subject's answer to one question, once. */
export interface Sample {
  readonly perSecond: number;
  /** Of who serves it, for each thing done. */
  readonly serverMicroseconds: number;
}

export type Answers = Record<SubjectName, Sample[]>;

/** A question put to all subjects, in an order that turns from round to round, so that whatever else the machine does hits all alike. */
export async function ask(
  question: Question,
  subjects: readonly Subject[],
  round: number,
  answers: Answers,
): Promise<void> {
  for (let turn = 0; turn < subjects.length; turn += 1) {
    const subject = subjects[(turn + round) % subjects.length] as Subject;
    await makeRoom(subjects);
    question.before?.(subject);
    await settle(subjects);
    if (question.forgotten) await forget(question.forgotten, subject, subjects);
    const before = secondsOf(subject);
    const work = question.measure(subject);
    const server = secondsOf(subject) - before;
    const serverMicroseconds = (server * 1e6) / work.amount;
    answers[subject.name].push({ perSecond: perSecond(work), serverMicroseconds });
    question.after?.(subject);
  }
}

/**
 * The C passthrough keeps a descriptor for every inode that the kernel knows, and may have only so many: what the questions before left in
 * the kernel's memory must not be what this one fails for.
 */
export async function makeRoom(subjects: readonly Subject[]): Promise<void> {
  const passing = subjects.find(({ name }) => name === 'passthrough');
  if (passing === undefined || descriptorsOf(passing) < roomyDescriptors) return;
  dropCaches('names');
  await settle(subjects);
}

const roomyDescriptors = 8000;

function descriptorsOf({ pid }: Subject): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** The folder beneath a passthrough is looked at again, so that its disk is not part of what a name costs. */
async function forget(
  what: 'names' | 'contents',
  { beneath }: Subject,
  subjects: readonly Subject[],
): Promise<void> {
  dropCaches(what);
  await settle(subjects);
  if (what === 'names' && beneath !== undefined) {
    execFileSync('find', [beneath, '-size', '+1G'], { stdio: 'ignore' });
  }
}

function dropCaches(what: 'names' | 'contents'): void {
  execFileSync('sync');
  writeFileSync('/proc/sys/vm/drop_caches', what === 'names' ? '2' : '3');
}

function secondsOf({ pid }: Subject): number {
  return pid === undefined ? 0 : processorSeconds(pid);
}
