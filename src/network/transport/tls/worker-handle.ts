import { Worker, type Transferable } from 'node:worker_threads';
import type { Command, WorkerEvent, WorkerOptions } from './worker-messages.ts';

/** The main thread's end of one network worker. Commands of one turn of the event loop travel in one message. */
export class WorkerHandle {
  readonly #worker: Worker;
  #commands: Command[] = [];
  #transferred: Transferable[] = [];
  #ended = false;

  constructor(
    options: WorkerOptions,
    onEvent: (event: WorkerEvent) => void,
    onEnded: (error: Error | undefined) => void,
  ) {
    this.#worker = new Worker(workerFile(), { workerData: options, name: 'peerfuse-network' });
    this.#worker.on('message', (events: readonly WorkerEvent[]) => events.forEach(onEvent));
    let failure: Error | undefined;
    this.#worker.on('error', (error: Error) => (failure = error));
    this.#worker.on('exit', () => {
      this.#ended = true;
      onEnded(failure);
    });
  }

  /** `memory` moves to the worker: it must belong to nothing else. */
  post(command: Command, memory?: readonly ArrayBuffer[]): void {
    if (this.#commands.length === 0) setImmediate(() => this.flush());
    this.#commands.push(command);
    if (memory !== undefined) this.#transferred.push(...memory);
  }

  flush(): void {
    const commands = this.#commands;
    const transferred = this.#transferred;
    this.#commands = [];
    this.#transferred = [];
    if (!this.#ended && commands.length > 0) this.#worker.postMessage(commands, transferred);
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }
}

// This file runs as it was written in a checkout, and compiled in an installed package; so does the worker.
function workerFile(): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`./worker/worker.${extension}`, import.meta.url);
}
