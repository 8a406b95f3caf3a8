import type { Carrier } from '../../src/fuse/kernel/session.ts';
import { initIn } from '../../src/fuse/kernel/abi.ts';
import { opcodes, type OpcodeName } from '../../src/fuse/kernel/opcodes.ts';

export interface FakeReply {
  readonly unique: number;
  /** 0 or a negative errno. */
  readonly error: number;
  readonly body: Buffer;
}

/** The kernel's end of the protocol without a kernel: sends any request and keeps every reply. */
export class FakeKernel implements Carrier {
  readonly replies: FakeReply[] = [];
  #buffer: Buffer = Buffer.alloc(0);
  #onMessage: (length: number) => void = () => {};
  #onEnd: (errno: number) => void = () => {};
  #lastUnique = 0;

  start(buffer: Buffer, onMessage: (length: number) => void, onEnd: (errno: number) => void): void {
    this.#buffer = buffer;
    this.#onMessage = onMessage;
    this.#onEnd = onEnd;
  }

  stop(): void {}

  write(message: Buffer, length: number): number {
    return this.#keep(message.subarray(0, length));
  }

  writeWithBody(header: Buffer, length: number, body: Buffer, bodyLength: number): number {
    return this.#keep(Buffer.concat([header.subarray(0, length), body.subarray(0, bodyLength)]));
  }

  end(errno: number): void {
    this.#onEnd(errno);
  }

  initialise(): void {
    const body = Buffer.alloc(initIn.bytes);
    body.writeUInt32LE(7, initIn.major);
    body.writeUInt32LE(45, initIn.minor);
    body.writeUInt32LE(0xff_ff_ff_ff, initIn.flags);
    body.writeUInt32LE(0xff_ff_ff_ff, initIn.flags2);
    this.send('INIT', 0, body);
  }

  /** Returns the request's number, by which its reply is found. */
  send(name: OpcodeName | number, node: number, ...body: readonly Uint8Array[]): number {
    this.#lastUnique += 2;
    const parts = Buffer.concat(body);
    const length = 40 + parts.length;
    this.#buffer.writeUInt32LE(length, 0);
    this.#buffer.writeUInt32LE(typeof name === 'number' ? name : opcodes[name], 4);
    this.#buffer.writeBigUInt64LE(BigInt(this.#lastUnique), 8);
    this.#buffer.writeBigUInt64LE(BigInt(node), 16);
    this.#buffer.writeUInt32LE(1000, 24);
    this.#buffer.writeUInt32LE(100, 28);
    this.#buffer.writeUInt32LE(4242, 32);
    this.#buffer.writeUInt32LE(0, 36);
    parts.copy(this.#buffer, 40);
    this.#onMessage(length);
    return this.#lastUnique;
  }

  /** The replies to a request: at most one, or something is wrong. */
  repliesTo(unique: number): FakeReply[] {
    return this.replies.filter((reply) => reply.unique === unique);
  }

  #keep(message: Buffer): number {
    if (message.readUInt32LE(0) !== message.length)
      throw new Error('The reply has a wrong length.');
    this.replies.push({
      unique: Number(message.readBigUInt64LE(8)),
      error: message.readInt32LE(4),
      body: Buffer.from(message.subarray(16)),
    });
    return message.length;
  }
}

export const u32 = (...values: number[]): Buffer => Buffer.from(new Uint32Array(values).buffer);

export const u64 = (...values: number[]): Buffer =>
  Buffer.from(new BigUint64Array(values.map(BigInt)).buffer);

/** NUL-terminated. */
export const text = (value: string): Buffer => Buffer.from(`${value}\0`, 'latin1');
