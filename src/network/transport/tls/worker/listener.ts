import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { formatAddress, formatRemote } from '../../../address.ts';
import { maximumUnprovenConnections } from '../../../limits.ts';
import { alpn, purposeOf, type Purpose } from '../../../wire/alpn.ts';
import type { ListenAddress, WorkerOptions } from '../worker-messages.ts';
import { reasonOf } from '../../socket-reason.ts';

export interface ListenerEvents {
  accepted(socket: TLSSocket, purpose: Purpose): void;
  refused(remoteAddress: string, reason: string): void;
}

/** Accepts TLS connections at one address. Whether the other end is a peer is judged afterwards. */
export class Listener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #unproven = 0;

  constructor({ credentials, enrolment, limits }: WorkerOptions, events: ListenerEvents) {
    const purposes: readonly Purpose[] = enrolment
      ? ['control', 'bulk', 'enrol']
      : ['control', 'bulk'];
    this.#server = createServer({
      cert: `${credentials.certificatePem.trim()}\n${credentials.authorityPem.trim()}\n`,
      key: credentials.privateKeyPem,
      ca: credentials.authorityPem,
      ALPNProtocols: purposes.map((purpose) => alpn[purpose]),
      minVersion: 'TLSv1.3',
      // A newcomer has no certificate yet; without one there is only enrolment.
      requestCert: true,
      rejectUnauthorized: false,
      handshakeTimeout: limits.greetingTimeoutMs,
      // Every connection proves its key anew: a resumed one would skip what may have been revoked since.
      secureOptions: constants.SSL_OP_NO_TICKET,
    });
    this.#server.on('connection', (socket: Socket) => this.#connection(socket));
    this.#server.on('secureConnection', (socket: TLSSocket) => this.#secured(socket, events));
    this.#server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
      // One that is gone no longer knows its address; it was a scanner or a newcomer who found another network.
      if (socket.remoteAddress === undefined) return;
      events.refused(formatRemote(socket.remoteAddress, socket.remotePort), reasonOf(error));
    });
  }

  /** Resolves with where it listens. */
  listen(address: ListenAddress, reusePort: boolean): Promise<string> {
    const { host, port, ipv6Only } = address;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, ipv6Only, reusePort, backlog: 511 }, () => {
        this.#server.off('error', reject);
        // Later errors are of single connections that could not be accepted, for example for want of descriptors.
        this.#server.on('error', () => {});
        const bound = this.#server.address() as { address: string; port: number };
        resolve(formatAddress({ host: bound.address, port: bound.port }));
      });
    });
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  // Until the handshake is done anybody can open connections; their number is bounded.
  #connection(socket: Socket): void {
    if (this.#unproven >= maximumUnprovenConnections) {
      socket.destroy();
      return;
    }
    this.#unproven += 1;
    this.#sockets.add(socket);
    socket.once('close', () => this.#proven(socket));
  }

  #secured(socket: TLSSocket, events: ListenerEvents): void {
    const raw = [...this.#sockets].find(
      ({ remotePort, remoteAddress }) =>
        remotePort === socket.remotePort && remoteAddress === socket.remoteAddress,
    );
    if (raw !== undefined) this.#proven(raw);
    const purpose = purposeOf(socket.alpnProtocol);
    if (purpose !== undefined) return events.accepted(socket, purpose);
    events.refused(
      formatRemote(socket.remoteAddress, socket.remotePort),
      'it did not say what the connection is for',
    );
    socket.on('error', () => {}).destroy();
    return undefined;
  }

  #proven(socket: Socket): void {
    if (this.#sockets.delete(socket)) this.#unproven -= 1;
  }
}
