import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { release } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import type { User } from '../conformance/posix/users.ts';
import { type Step, lineOf } from './step.ts';

/** No batch of steps takes this long unless one of them hangs. */
const patienceMs = 60_000;

/** The process that makes a run's system calls in one folder. See native/fuzzer.c. */
export class FuzzAgent implements AsyncDisposable {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #ended: Promise<unknown>;
  #text = '';
  #answers: string[] = [];
  #wake: (() => void) | null = null;
  #hasEnded = false;

  constructor(program: string, folder: string, { uid, gid }: User) {
    const pace = datesFinely() ? [] : ['by-ticks'];
    this.#process = spawn(program, [folder, ...pace], {
      stdio: ['pipe', 'pipe', 'inherit'],
      ...{ uid, gid },
    });
    this.#process.stdin.on('error', () => {});
    this.#process.stdout.setEncoding('latin1').on('data', (text: string) => this.#take(text));
    this.#ended = once(this.#process, 'close').finally(() => {
      this.#hasEnded = true;
      this.#wake?.();
    });
  }

  /** One answer for each step; fewer when the agent died or hangs, with the reason as the last. */
  async run(steps: readonly Step[]): Promise<readonly string[]> {
    this.#answers = [];
    this.#process.stdin.write(steps.map((step) => `${lineOf(step)}\n`).join(''));
    const endMs = performance.now() + patienceMs;
    while (this.#answers.length < steps.length) {
      if (this.#hasEnded) return [...this.#answers, 'the agent has died'];
      if (performance.now() > endMs) return [...this.#answers, 'hangs'];
      await this.#something();
    }
    return this.#answers;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  #take(text: string): void {
    const lines = (this.#text + text).split('\n');
    this.#text = lines.pop() ?? '';
    this.#answers.push(...lines);
    this.#wake?.();
  }

  async #something(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, 1000);
    this.#wake = resolve;
    await promise;
    clearTimeout(timer);
    this.#wake = null;
  }
}

/** Since Linux 6.13 a disk dates a change that was looked at in between with a time of its own. */
function datesFinely(): boolean {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return major > 6 || (major === 6 && minor >= 13);
}
