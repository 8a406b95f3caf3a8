import { constants } from 'node:os';
import type { Logger } from '../../platform/logger.ts';
import { initIn, initOut, outHeader } from './abi.ts';
import type { Device } from './device.ts';
import { protocolMajor } from './flags.ts';
import {
  congestionThreshold,
  KernelTooOld,
  maximumBackgroundRequests,
  maximumRequestBytes,
  maximumRequestPages,
  maximumStackDepth,
  negotiate,
  type Agreement,
  type MountPolicy,
} from './negotiate.ts';
import { opcodes } from './opcodes.ts';
import { Reply } from './reply.ts';
import { Request } from './request.ts';
import { allocateMemory } from './words.ts';

const { ENODEV, ENOENT, EPROTO } = constants.errno;

/** Room for the header and the arguments that stand before the bytes of a WRITE. */
const headerRoom = 4096;

/** What a session needs of a device. */
export type Carrier = Pick<Device, 'start' | 'stop' | 'write' | 'writeWithBody'>;

/**
 * One connection with the kernel: answers INIT by itself and hands every other request to `onRequest`, which answers through `send…`
 * at once or later, in any order, each at most once.
 */
export class Session {
  readonly request = new Request(allocateMemory(maximumRequestBytes + headerRoom));
  /** To be filled by whoever answers now; sent by `send`. */
  readonly reply = new Reply(allocateMemory(maximumRequestBytes + headerRoom));
  /** Settles with INIT; rejects with KernelTooOld, or when the connection ends first. */
  readonly ready: Promise<Agreement>;
  readonly #device: Carrier;
  readonly #policy: MountPolicy;
  readonly #logger: Logger;
  readonly #onRequest: (request: Request) => void;
  readonly #onEnd: (errno: number) => void;
  readonly #agreement = Promise.withResolvers<Agreement>();
  #flags = 0;
  /** The header of replies whose body is elsewhere. */
  readonly #header = new Reply(allocateMemory(outHeader.bytes));

  constructor(
    device: Carrier,
    policy: MountPolicy,
    logger: Logger,
    onRequest: (request: Request) => void,
    onEnd: (errno: number) => void,
  ) {
    this.#device = device;
    this.#policy = policy;
    this.#logger = logger;
    this.#onRequest = onRequest;
    this.#onEnd = onEnd;
    this.ready = this.#agreement.promise;
    this.ready.catch(() => {});
  }

  start(): void {
    this.#device.start(
      this.request.buffer,
      (length) => this.#take(length),
      (errno) => this.#end(errno),
    );
  }

  /** No more requests come; `onEnd` is not called. */
  stop(): void {
    this.#device.stop();
    this.#agreement.reject(new Error('The connection with the kernel was closed.'));
  }

  /** Whether INIT settled on this flag (initFlags). */
  agreed(flag: number): boolean {
    return (this.#flags & flag) !== 0;
  }

  /** Success, with the first `bodyLength` bytes of the body that stands in `reply`. */
  send(unique: number, bodyLength: number): void {
    this.reply.seal(unique, 0, bodyLength);
    this.#check(this.#device.write(this.reply.bytes, outHeader.bytes + bodyLength));
  }

  /** Success, with the first `length` bytes of `body`. */
  sendBody(unique: number, body: Buffer, length: number): void {
    const { bytes } = outHeader;
    this.#header.seal(unique, 0, length);
    this.#check(this.#device.writeWithBody(this.#header.bytes, bytes, body, length));
  }

  /** Failure; `errno` is positive. */
  sendError(unique: number, errno: number): void {
    this.#header.seal(unique, -errno, 0);
    this.#check(this.#device.write(this.#header.bytes, outHeader.bytes));
  }

  #take(length: number): void {
    if (!this.request.accept(length)) {
      this.#logger.error({ length }, 'The kernel sent a malformed request');
    } else if (this.request.opcode === opcodes.INIT) {
      this.#initialise();
    } else {
      this.#onRequest(this.request);
    }
  }

  #initialise(): void {
    const { request } = this;
    const offer = {
      major: request.u32(initIn.major),
      minor: request.u32(initIn.minor),
      maxReadahead: request.u32(initIn.maxReadahead),
      flags: request.u32(initIn.flags),
      flags2: request.bodyLength > initIn.flags2 ? request.u32(initIn.flags2) : 0,
    };
    const answer = negotiate(offer, this.#policy);
    if (answer instanceof KernelTooOld) {
      this.sendError(request.unique, EPROTO);
      this.#agreement.reject(answer);
      return;
    }
    this.#flags = answer.flags;
    this.#writeAgreement(answer);
    const isFinal = request.u32(initIn.major) === protocolMajor;
    this.send(request.unique, initOut.bytes);
    if (isFinal) this.#agreement.resolve(answer);
  }

  #writeAgreement(agreement: Agreement): void {
    const { reply } = this;
    reply.clear(0, initOut.bytes);
    reply.u32(initOut.major, agreement.major);
    reply.u32(initOut.minor, agreement.minor);
    reply.u32(initOut.maxReadahead, agreement.maxReadahead);
    reply.u32(initOut.flags, agreement.flags);
    reply.u16(initOut.maxBackground, maximumBackgroundRequests);
    reply.u16(initOut.congestionThreshold, congestionThreshold);
    reply.u32(initOut.maxWrite, maximumRequestBytes);
    reply.u32(initOut.timeGranularity, 1);
    reply.u16(initOut.maxPages, maximumRequestPages);
    reply.u32(initOut.flags2, agreement.flags2);
    reply.u32(initOut.maxStackDepth, maximumStackDepth);
  }

  #end(errno: number): void {
    this.#agreement.reject(new Error('The file system was unmounted.'));
    this.#onEnd(errno);
  }

  /** ENOENT: nobody waits for this reply any more; ENODEV: unmounted. Any other refusal means that the reply was wrong. */
  #check(outcome: number): void {
    if (outcome >= 0 || outcome === -ENOENT || outcome === -ENODEV) return;
    this.#logger.error({ errno: -outcome }, 'The kernel refused a reply');
  }
}
