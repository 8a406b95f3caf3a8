import { writeSync } from 'node:fs';
import { hash, hashLength } from '../../../../crypto/hash.ts';
import { outcomeCode } from '../../chunk-outcome-code.ts';
import type { BeginTransfer } from '../worker-messages.ts';

/**
 * One transfer on the side that asked for it: checks each chunk and writes it into the file. Once settled it never writes again: its
 * descriptor may by then belong to another file.
 */
export class IncomingTransfer {
  readonly id: number;
  readonly request: Uint8Array;
  /** Bytes that it asks for. */
  readonly size: number;
  /** Times that it was sent to the peer. */
  attempts = 0;
  readonly #command: BeginTransfer;
  readonly #outcomes: Uint8Array<ArrayBuffer>;
  #onSettled: ((outcomes: Uint8Array<ArrayBuffer> | null, reason: string) => void) | undefined;

  constructor(
    command: BeginTransfer,
    onSettled: (outcomes: Uint8Array<ArrayBuffer> | null, reason: string) => void,
  ) {
    this.id = command.transfer;
    this.request = command.request;
    this.size = command.lengths.reduce((sum, length) => sum + length, 0);
    this.#command = command;
    this.#outcomes = new Uint8Array(command.lengths.length);
    this.#onSettled = onSettled;
  }

  get settled(): boolean {
    return this.#onSettled === undefined;
  }

  get chunks(): number {
    return this.#outcomes.length;
  }

  /** Takes the bytes of a chunk, which are not kept. */
  chunk(index: number, bytes: Uint8Array): void {
    if (this.settled || this.#outcomes[index] === outcomeCode.stored) return;
    if (!this.#isExpected(index, bytes)) {
      this.#outcomes[index] = outcomeCode.bad;
      return;
    }
    try {
      this.#write(bytes, this.#command.positions[index] ?? 0);
      this.#outcomes[index] = outcomeCode.stored;
    } catch (error) {
      this.fail(`a chunk could not be written: ${(error as Error).message}`);
    }
  }

  /** The peer has sent all that it has. */
  finish(): void {
    this.#settle(this.#outcomes, '');
  }

  fail(reason: string): void {
    this.#settle(null, reason);
  }

  #isExpected(index: number, bytes: Uint8Array): boolean {
    const { lengths, hashes } = this.#command;
    if (bytes.length !== lengths[index]) return false;
    const start = index * hashLength;
    return hash(bytes).equals(hashes.subarray(start, start + hashLength));
  }

  #write(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length;) {
      done += writeSync(
        this.#command.descriptor,
        bytes,
        done,
        bytes.length - done,
        position + done,
      );
    }
  }

  #settle(outcomes: Uint8Array<ArrayBuffer> | null, reason: string): void {
    const onSettled = this.#onSettled;
    this.#onSettled = undefined;
    onSettled?.(outcomes, reason);
  }
}
