import type { OnReadOpts } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { Address } from '../../../address.ts';
import type { PeerCertificate } from '../../../../identity/certificate.ts';
import { alpn } from '../../../wire/alpn.ts';
import { encodeReason } from '../../../wire/greeting.ts';
import { encodeFrame } from '../../../wire/frame.ts';
import { frameType } from '../../../wire/frame-type.ts';
import { reasonOf } from '../../socket-reason.ts';
import type { Admission } from './admission.ts';

export interface Dialled {
  readonly socket: TLSSocket;
  readonly certificate: PeerCertificate;
}

/**
 * Connects to a peer and checks its certificate. Calls back once. With `onread`, bytes come to it and not as 'data' events.
 * The socket has no error listener when it is handed over.
 */
export function dialTls(
  address: Address,
  purpose: 'control' | 'bulk',
  admission: Admission,
  timeoutMs: number,
  done: (result: Dialled | { readonly reason: string }) => void,
  onread?: OnReadOpts,
): void {
  const options: ConnectionOptions & { readonly onread?: OnReadOpts } = {
    host: address.host,
    port: address.port,
    secureContext: admission.context,
    ALPNProtocols: [alpn[purpose]],
    minVersion: 'TLSv1.3',
    // Our own judgement replaces TLS's, which would compare names that peers do not have.
    rejectUnauthorized: false,
    ...(onread === undefined ? {} : { onread }),
  };
  const socket = connect(options);
  const timer = setTimeout(() => socket.destroy(new Error('it did not answer in time')), timeoutMs);
  const failed = (error?: NodeJS.ErrnoException): void => {
    settle({ reason: error === undefined ? 'it closed the connection' : reasonOf(error) });
  };
  const settle = (result: Dialled | { readonly reason: string }): void => {
    clearTimeout(timer);
    socket.off('error', failed).off('close', closedEarly);
    if ('reason' in result) socket.on('error', () => {});
    done(result);
  };
  const closedEarly = (): void => failed();
  socket.on('error', failed).on('close', closedEarly);
  socket.once('secureConnect', () => {
    const certificate = admission.judge(socket);
    if (!('refused' in certificate)) return settle({ socket, certificate });
    refuse(socket, certificate.refused);
    return settle({ reason: `refused here: ${certificate.refused}` });
  });
}

/** Tells the other end why, then closes. */
export function refuse(socket: TLSSocket, reason: string): void {
  socket.on('error', () => {});
  socket.end(encodeFrame(frameType.refusal, 0, encodeReason(reason)));
  // Whoever does not read the reason is not waited for.
  setTimeout(() => socket.destroy(), 1000).unref();
  socket.resume();
}
