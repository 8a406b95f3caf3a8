import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { createInterface } from 'node:readline';
import type { User } from './users.ts';

/** No call of a story takes this long unless it hangs. */
const patienceMs = 10_000;

const silence = 'nothing within ten seconds';

/** How an agent says that the process of a story is no more. */
const endings = /^(ended|died|the agent has ended)/;

/** A process that makes system calls as one user, one story after the other. See native/agent.c. */
export class Agent implements AsyncDisposable {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: string[] = [];
  readonly #ended: Promise<unknown>;
  #wake: (() => void) | null = null;
  /** Of the child that plays the present story; null when there is none. */
  #pid: number | null = null;

  constructor(program: string, { uid, gid, groups }: User) {
    const parameters = [String(uid), String(gid), groups.join(',')];
    this.#process = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#ended = once(this.#process, 'close').finally(() => this.#take('the agent has ended'));
    const lines = createInterface({ input: this.#process.stdout, crlfDelay: Infinity });
    lines.on('line', (line) => this.#take(line));
  }

  /** A fresh process begins in this directory. */
  async begin(directory: string): Promise<void> {
    // What the last story left is nobody's.
    this.#answers.length = 0;
    const pid = await this.call([directory]);
    if (!/^\d+$/.test(pid)) throw new Error(pid);
    this.#pid = Number(pid);
  }

  async call(words: readonly string[]): Promise<string> {
    this.start(words);
    return this.answer();
  }

  start(words: readonly string[]): void {
    this.#process.stdin.write(`${words.join('\t')}\n`);
  }

  async answer(): Promise<string> {
    const endMs = performance.now() + patienceMs;
    while (this.#answers.length === 0) {
      if (performance.now() > endMs) return silence;
      await this.#something(endMs - performance.now());
    }
    return this.#answers.shift() ?? '';
  }

  /** Until the call that was started sleeps in the kernel; `answered` when it did not. */
  async waits(): Promise<string> {
    const endMs = performance.now() + patienceMs;
    while (performance.now() < endMs) {
      if (this.#answers.length > 0) return `answered ${this.#answers[0]}`;
      if (this.#sleepsInCall()) return 'waits';
      await this.#something(1);
    }
    return 'runs on';
  }

  signal(name: NodeJS.Signals): string {
    if (this.#pid === null) return 'ended before';
    process.kill(this.#pid, name);
    return 'sent';
  }

  /** The story's process is killed, whatever it is doing; its locks and descriptors are free afterwards. */
  async die(): Promise<string> {
    this.signal('SIGKILL');
    for (;;) {
      const answer = this.#pid === null ? 'dead' : await this.answer();
      if (this.#pid === null || answer === silence) return answer;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  #take(line: string): void {
    if (endings.test(line)) this.#pid = null;
    this.#answers.push(line);
    this.#wake?.();
  }

  async #something(timeoutMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.max(timeoutMs, 1));
    this.#wake = resolve;
    await promise;
    clearTimeout(timer);
    this.#wake = null;
  }

  // A process that waits for its next request sleeps too: in read(2), which is number 0, of its standard input.
  #sleepsInCall(): boolean {
    if (this.#pid === null) return false;
    const call = readFileSync(`/proc/${this.#pid}/syscall`, 'utf8');
    return !call.startsWith('running') && !call.startsWith('0 0x0 ');
  }
}
