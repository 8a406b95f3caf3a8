import type { MessagePort, Transferable } from 'node:worker_threads';
import type { WorkerEvent } from '../worker-messages.ts';

/** Gathers the events of one turn of the worker's event loop into one message: waking the main thread costs more than the message. */
export class Outbox {
  readonly #port: MessagePort;
  #events: WorkerEvent[] = [];
  #transferred: Transferable[] = [];
  readonly #beforeFlush: () => void;

  constructor(port: MessagePort, beforeFlush: () => void) {
    this.#port = port;
    this.#beforeFlush = beforeFlush;
  }

  /** `memory` moves to the main thread: it must belong to nothing else. */
  post(event: WorkerEvent, memory?: ArrayBuffer): void {
    if (this.#events.length === 0) setImmediate(() => this.#flush());
    this.#events.push(event);
    if (memory !== undefined) this.#transferred.push(memory);
  }

  #flush(): void {
    this.#beforeFlush();
    const events = this.#events;
    const transferred = this.#transferred;
    this.#events = [];
    this.#transferred = [];
    this.#port.postMessage(events, transferred);
  }
}
