import type { TLSSocket } from 'node:tls';
import { formatRemote } from '../../../address.ts';
import { maximumEnrolmentBytes } from '../../../limits.ts';
import { encodeFrame, type Frame } from '../../../wire/frame.ts';
import { FrameParser } from '../../../wire/frame-parser.ts';
import { frameType } from '../../../wire/frame-type.ts';
import { encodeReason } from '../../../wire/greeting.ts';
import type { EnrolAnswer } from '../worker-messages.ts';
import type { Outbox } from './outbox.ts';

/** Serves newcomers that have no certificate: one request, one answer, then the connection is closed. */
export class EnrolmentDesk {
  readonly #outbox: Outbox;
  readonly #timeoutMs: number;
  readonly #waiting = new Map<number, TLSSocket>();
  #open = 0;
  #nextEnrolment = 1;

  constructor(outbox: Outbox, timeoutMs: number) {
    this.#outbox = outbox;
    this.#timeoutMs = timeoutMs;
  }

  accept(socket: TLSSocket): void {
    socket.on('error', () => {});
    if (this.#open >= maximumOpenEnrolments) {
      socket.destroy();
      return;
    }
    this.#open += 1;
    const enrolment = this.#nextEnrolment++;
    const timer = setTimeout(() => socket.destroy(), this.#timeoutMs);
    socket.once('close', () => {
      clearTimeout(timer);
      this.#waiting.delete(enrolment);
      this.#open -= 1;
    });
    this.#readRequest(socket, enrolment);
  }

  answer(enrolment: number, answer: EnrolAnswer): void {
    const socket = this.#waiting.get(enrolment);
    if (socket === undefined) return;
    const frame =
      'refused' in answer
        ? encodeFrame(frameType.refusal, 0, encodeReason(answer.refused))
        : encodeFrame(frameType.enrolAnswer, 0, answer.answer);
    socket.end(frame);
  }

  #readRequest(socket: TLSSocket, enrolment: number): void {
    const parser = new FrameParser(maximumEnrolmentBytes);
    const take = (frame: Frame): void => {
      if (frame.type !== frameType.enrolRequest) return parser.stop('not an enrolment request');
      parser.stop('one request is all');
      this.#waiting.set(enrolment, socket);
      return this.#forward(socket, enrolment, frame.body);
    };
    socket.on('data', (bytes: Buffer) => {
      const malformed = parser.push(bytes, take);
      if (malformed !== undefined && !this.#waiting.has(enrolment)) socket.destroy();
    });
  }

  #forward(socket: TLSSocket, enrolment: number, body: Buffer): void {
    const request = Buffer.from(new ArrayBuffer(body.length));
    request.set(body);
    const remoteAddress = formatRemote(socket.remoteAddress, socket.remotePort);
    this.#outbox.post({ kind: 'enrol', enrolment, remoteAddress, request }, request.buffer);
  }
}

/** Newcomers at one time. Nobody joins by the hundred, and anybody on the net may open one. */
const maximumOpenEnrolments = 32;
