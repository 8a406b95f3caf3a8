import type { Logger } from '../../../platform/logger.ts';
import { ExpectedFailure } from '../../../util/expected-failure.ts';
import { parseAddress } from '../../address.ts';
import type { NetworkLimits } from '../../limits.ts';
import type { ServedChunk } from '../../link.ts';
import type { Accept, Channel, RefusedPeers, SessionOptions, Transport } from '../transport.ts';
import { servedChunksForWorker } from './served-chunks.ts';
import { TlsBulkSession } from './tls-bulk-session.ts';
import { TlsChannel } from './tls-channel.ts';
import { WorkerHandle } from './worker-handle.ts';
import type {
  Command,
  Credentials,
  EnrolAnswer,
  ListenAddress,
  WorkerEvent,
} from './worker-messages.ts';

export interface TlsTransportOptions {
  readonly credentials: Credentials;
  /** `host:port`; port 0 picks a free one. */
  readonly listen: readonly string[];
  readonly limits: NetworkLimits;
  readonly logger: Logger;
  /** Absent: newcomers are not served here. */
  readonly enrol?: (request: Buffer, remoteAddress: string) => Promise<EnrolAnswer>;
}

/** Listens, or rejects with an ExpectedFailure. */
export async function openTlsTransport(
  options: TlsTransportOptions,
  accept: Accept,
): Promise<TlsTransport> {
  const transport = new TlsTransport(options, accept);
  try {
    await transport.start();
  } catch (error) {
    await transport.close();
    throw error;
  }
  return transport;
}

interface Dial {
  readonly worker: number;
  readonly resolve: (channel: Channel) => void;
  readonly reject: (reason: Error) => void;
}

/** Mutual TLS 1.3 in worker threads: here is only what passes between them and the main thread. */
export class TlsTransport implements Transport {
  listening: readonly string[] = [];
  readonly #options: TlsTransportOptions;
  readonly #accept: Accept;
  readonly #workers: (WorkerHandle | undefined)[] = [];
  readonly #starting = new Map<number, PromiseWithResolvers<readonly string[]>>();
  readonly #stopping = new Map<number, () => void>();
  /** By worker, then by the worker's own number. */
  readonly #channels: Map<number, TlsChannel>[] = [];
  readonly #serving: Map<number, readonly (ServedChunk | null)[]>[] = [];
  readonly #sessions = new Map<string, TlsBulkSession>();
  readonly #dials = new Map<number, Dial>();
  #refused: RefusedPeers = { devices: [], fingerprints: [] };
  #nextDial = 1;
  #nextTransfer = 1;
  #closing = false;

  constructor(options: TlsTransportOptions, accept: Accept) {
    this.#options = options;
    this.#accept = accept;
  }

  async start(): Promise<void> {
    // The first worker finds out which ports are free; the others share them.
    this.listening = await this.#startWorker(0, this.#options.listen);
    for (let worker = 1; worker < this.#options.limits.workers; worker++) {
      await this.#startWorker(worker, this.listening);
    }
  }

  dial(text: string): Promise<Channel> {
    const address = parseAddress(text);
    if (address === undefined) return Promise.reject(new Error('it is not a host and a port'));
    if (this.#closing) return Promise.reject(new Error('this peer is stopping'));
    const dial = this.#nextDial++;
    const worker = dial % this.#options.limits.workers;
    return new Promise((resolve, reject) => {
      this.#dials.set(dial, { worker, resolve, reject });
      this.#post(worker, { kind: 'dial', dial, address });
    });
  }

  setRefused(refused: RefusedPeers): void {
    this.#refused = refused;
    this.#workers.forEach((worker) => worker?.post({ kind: 'set-refused', refused }));
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    const running = this.#workers.flatMap((worker, index) =>
      worker === undefined ? [] : [{ worker, index }],
    );
    await Promise.all(running.map(({ worker, index }) => this.#stopWorker(worker, index)));
  }

  async #stopWorker(worker: WorkerHandle, index: number): Promise<void> {
    const stopped = new Promise<void>((resolve) => this.#stopping.set(index, resolve));
    worker.post({ kind: 'stop' });
    await stopped;
    await worker.terminate();
  }

  async #startWorker(index: number, listen: readonly string[]): Promise<readonly string[]> {
    const { credentials, limits, enrol } = this.#options;
    this.#channels[index] = new Map();
    this.#serving[index] = new Map();
    const started = Promise.withResolvers<readonly string[]>();
    this.#starting.set(index, started);
    this.#workers[index] = new WorkerHandle(
      {
        credentials,
        listen: listenAddresses(listen),
        reusePort: limits.workers > 1,
        enrolment: enrol !== undefined,
        refused: this.#refused,
        limits,
        maximumBulkConnections: Math.ceil(limits.maximumBulkConnections / limits.workers),
      },
      (event) => this.#handle(index, event),
      (error) => this.#workerEnded(index, error),
    );
    return started.promise;
  }

  #handle(worker: number, event: WorkerEvent): void {
    const channels = this.#channels[worker] as Map<number, TlsChannel>;
    switch (event.kind) {
      case 'listening':
        return this.#starting.get(worker)?.resolve(event.addresses);
      case 'listen-failed':
        return this.#starting.get(worker)?.reject(cannotListen(this.#options.listen, event.reason));
      case 'dial-failed':
        return this.#takeDial(event.dial)?.reject(new Error(event.reason));
      case 'connected':
        return this.#connected(worker, event);
      case 'frames':
        return channels.get(event.connection)?.received(event.bytes);
      case 'progress':
        return channels.get(event.connection)?.receiver.progress?.();
      case 'written':
        return channels.get(event.connection)?.written(event.bytes);
      case 'closed':
        return this.#closed(worker, event.connection, event.reason);
      case 'refused':
        return this.#options.logger.warn(
          { remoteAddress: event.remoteAddress, reason: event.reason },
          'refused a connection',
        );
      case 'listen-later':
        return this.#options.logger.warn(
          { address: event.address, reason: event.reason },
          'this machine does not have the address to listen on; trying again until it does',
        );
      case 'transfer-settled':
        for (const session of this.#sessions.values()) if (session.settled(event)) return undefined;
        return undefined;
      case 'serve':
        return this.#serve(worker, event);
      case 'served':
        return this.#release(worker, event.serve);
      case 'traffic':
        return this.#traffic(event);
      case 'bulk-connections':
        return this.#sessions.get(event.session)?.connectionsChanged(worker, event.count);
      case 'unreachable':
        return this.#sessions.get(event.session)?.options.unreachable();
      case 'enrol':
        return void this.#enrol(worker, event);
      case 'stopped':
        return this.#stopping.get(worker)?.();
    }
  }

  #connected(worker: number, event: Extract<WorkerEvent, { kind: 'connected' }>): void {
    const handle = this.#workers[worker] as WorkerHandle;
    const channel = new TlsChannel(event, handle, (owner, options) =>
      this.#openSession(owner, options),
    );
    this.#channels[worker]?.set(event.connection, channel);
    if (event.dial === null) this.#accept(channel);
    else this.#takeDial(event.dial)?.resolve(channel);
  }

  #closed(worker: number, connection: number, reason: string): void {
    const channel = this.#channels[worker]?.get(connection);
    this.#channels[worker]?.delete(connection);
    channel?.ended(reason);
  }

  #openSession(channel: TlsChannel, options: SessionOptions): TlsBulkSession {
    this.#forgetIdleSessions();
    const session = new TlsBulkSession(channel.peer.device, options, {
      count: this.#options.limits.workers,
      post: (worker, command, memory) => this.#post(worker, command, memory),
      nextTransfer: () => this.#nextTransfer++,
    });
    this.#sessions.set(options.id, session);
    return session;
  }

  // A closed session stays until its workers have settled its transfers.
  #forgetIdleSessions(): void {
    const open = new Set(
      this.#channels.flatMap((channels) =>
        [...channels.values()].map(({ sessionId }) => sessionId),
      ),
    );
    for (const [id, session] of this.#sessions) {
      if (!open.has(id) && session.idle) this.#sessions.delete(id);
    }
  }

  #serve(worker: number, event: Extract<WorkerEvent, { kind: 'serve' }>): void {
    const request = Buffer.from(event.request.buffer as ArrayBuffer);
    const chunks = this.#chunksFor(event.session, request);
    this.#serving[worker]?.set(event.serve, chunks);
    const { answer, memory } = servedChunksForWorker(event.serve, chunks);
    this.#post(worker, answer, memory);
  }

  #chunksFor(session: string, request: Buffer): readonly (ServedChunk | null)[] {
    try {
      return this.#sessions.get(session)?.serve(request) ?? [];
    } catch (error) {
      this.#options.logger.error({ error }, 'serving a request for chunks failed');
      return [];
    }
  }

  #release(worker: number, serve: number): void {
    const chunks = this.#serving[worker]?.get(serve) ?? [];
    this.#serving[worker]?.delete(serve);
    for (const chunk of chunks) chunk?.release();
  }

  #traffic({ session, received, sent }: Extract<WorkerEvent, { kind: 'traffic' }>): void {
    const counted = this.#sessions.get(session);
    if (counted === undefined) return;
    counted.bytesReceived += received;
    counted.bytesSent += sent;
  }

  async #enrol(worker: number, event: Extract<WorkerEvent, { kind: 'enrol' }>): Promise<void> {
    const { enrolment, remoteAddress } = event;
    const request = Buffer.from(event.request.buffer as ArrayBuffer);
    const answer = await this.#options.enrol?.(request, remoteAddress);
    if (answer !== undefined) this.#post(worker, { kind: 'enrol-answer', enrolment, answer });
  }

  // A worker ends by itself only by a bug. What it carried is lost, like with a broken cable; a new one takes its place.
  #workerEnded(worker: number, error: Error | undefined): void {
    this.#workers[worker] = undefined;
    this.#starting.get(worker)?.reject(error ?? new Error('a network worker ended early'));
    for (const session of this.#sessions.values()) session.workerEnded(worker);
    for (const serve of this.#serving[worker]?.keys() ?? []) this.#release(worker, serve);
    for (const connection of [...(this.#channels[worker]?.keys() ?? [])]) {
      this.#closed(worker, connection, 'a network worker failed');
    }
    for (const [dial, { worker: of }] of this.#dials) {
      if (of === worker) this.#takeDial(dial)?.reject(new Error('a network worker failed'));
    }
    this.#stopping.get(worker)?.();
    if (this.#closing || this.listening.length === 0) return;
    this.#options.logger.error({ error }, 'a network worker failed and is started again');
    setTimeout(() => this.#restart(worker), restartMs).unref();
  }

  #restart(worker: number): void {
    if (this.#closing) return;
    this.#startWorker(worker, this.listening).catch((error: unknown) => {
      this.#options.logger.error({ error }, 'a network worker could not be started again');
    });
  }

  #takeDial(dial: number): Dial | undefined {
    const pending = this.#dials.get(dial);
    this.#dials.delete(dial);
    return pending;
  }

  #post(worker: number, command: Command, memory?: readonly ArrayBuffer[]): void {
    const handle = this.#workers[worker];
    if (handle !== undefined) return handle.post(command, memory);
    if (command.kind !== 'begin-transfer') return undefined;
    const { session, transfer } = command;
    const reason = 'a network worker failed';
    return queueMicrotask(() =>
      this.#sessions
        .get(session)
        ?.settled({ kind: 'transfer-settled', transfer, outcomes: null, reason }),
    );
  }
}

/** Keeps a worker that fails at once from using up the machine. */
const restartMs = 1000;

function cannotListen(addresses: readonly string[], reason: string): ExpectedFailure {
  const where = addresses.join(', ');
  return new ExpectedFailure(
    'machine',
    `cannot listen on ${where}: ${reason}; choose another address with --listen`,
  );
}

function listenAddresses(texts: readonly string[]): ListenAddress[] {
  const addresses = texts.map((text) => {
    const address = parseAddress(text);
    if (address !== undefined) return address;
    throw new ExpectedFailure(
      'usage',
      `"${text}" is not a host and a port, like 0.0.0.0:1777 or [::]:1777`,
    );
  });
  return addresses.map(({ host, port }) => ({
    host,
    port,
    ipv6Only:
      host.includes(':') &&
      addresses.some((other) => other.port === port && !other.host.includes(':')),
  }));
}
