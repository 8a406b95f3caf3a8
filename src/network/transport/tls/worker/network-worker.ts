import type { MessagePort } from 'node:worker_threads';
import type { TLSSocket } from 'node:tls';
import { formatAddress, formatRemote } from '../../../address.ts';
import type { Purpose } from '../../../wire/alpn.ts';
import type { Command, ListenAddress, OpenSession, WorkerOptions } from '../worker-messages.ts';
import { Admission } from './admission.ts';
import { BulkHub } from './bulk-hub.ts';
import { ControlConnection } from './control-connection.ts';
import { dialTls, refuse } from './dial-tls.ts';
import { EnrolmentDesk } from './enrolment-desk.ts';
import { Listener } from './listener.ts';
import { Outbox } from './outbox.ts';

/** A network that comes up brings its address with it: nobody should wait long for that. */
const listenAgainMs = 3_000;

/** Everything that one network worker owns: it obeys the main thread's commands and reports what happens. */
export class NetworkWorker {
  readonly #options: WorkerOptions;
  readonly #outbox: Outbox;
  readonly #admission: Admission;
  readonly #bulk: BulkHub;
  readonly #desk: EnrolmentDesk;
  readonly #connections = new Map<number, ControlConnection>();
  readonly #listeners: Listener[] = [];
  readonly #port: MessagePort;
  #nextConnection = 1;
  /** Addresses to listen on that this machine does not have yet. */
  readonly #missing = new Set<ListenAddress>();
  #listenAgain: NodeJS.Timeout | undefined;

  constructor(options: WorkerOptions, port: MessagePort) {
    this.#options = options;
    this.#port = port;
    this.#outbox = new Outbox(port, () => this.#bulk.reportTraffic());
    this.#admission = new Admission(options.credentials, options.refused);
    this.#bulk = new BulkHub(options, this.#admission, this.#outbox);
    this.#desk = new EnrolmentDesk(this.#outbox, options.limits.enrolmentTimeoutMs);
  }

  /** What cannot be listened on because this machine does not have the address, for example without a network, is tried again. */
  async listen(): Promise<void> {
    const addresses: string[] = [];
    for (const address of this.#options.listen) {
      const listened = await this.#listenOn(address);
      if ('failed' in listened) {
        return this.#outbox.post({ kind: 'listen-failed', reason: listened.failed });
      }
      addresses.push(listened.at);
    }
    return this.#outbox.post({ kind: 'listening', addresses });
  }

  async #listenOn(address: ListenAddress): Promise<{ at: string } | { failed: string }> {
    const listener = new Listener(this.#options, {
      accepted: (socket, purpose) => this.#accept(socket, purpose),
      refused: (remoteAddress, reason) =>
        this.#outbox.post({ kind: 'refused', remoteAddress, reason }),
    });
    try {
      const at = await listener.listen(address, this.#options.reusePort);
      this.#listeners.push(listener);
      return { at };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'EADDRINUSE') return { failed: 'the port is in use' };
      // A port has to be picked at once, since others are told of it.
      if (code !== 'EADDRNOTAVAIL' || address.port === 0) return { failed: message };
      this.#tryLater(address, message);
      return { at: formatAddress(address) };
    }
  }

  #tryLater(address: ListenAddress, reason: string): void {
    if (!this.#missing.has(address)) {
      this.#outbox.post({ kind: 'listen-later', address: formatAddress(address), reason });
    }
    this.#missing.add(address);
    this.#listenAgain ??= setTimeout(() => {
      this.#listenAgain = undefined;
      for (const missing of this.#missing) void this.#listenWhenThere(missing);
    }, listenAgainMs);
    this.#listenAgain.unref();
  }

  async #listenWhenThere(address: ListenAddress): Promise<void> {
    const before = this.#listeners.length;
    const listened = await this.#listenOn(address);
    // Whoever took the port meanwhile has it; a restart says so.
    if ('failed' in listened || this.#listeners.length > before) this.#missing.delete(address);
  }

  obey(commands: readonly Command[]): void {
    for (const command of commands) this.#obeyOne(command);
  }

  #obeyOne(command: Command): void {
    switch (command.kind) {
      case 'dial':
        return this.#dial(command);
      case 'send':
        return this.#connections.get(command.connection)?.send(command.bytes);
      case 'close':
        return this.#connections.get(command.connection)?.close(command.reason);
      case 'allow-messages':
        return this.#connections.get(command.connection)?.allowMessages();
      case 'open-session':
        return this.#bulk.open(command satisfies OpenSession);
      case 'close-session':
        return this.#bulk.close(command.session);
      case 'round-trip':
        return this.#bulk.session(command.session)?.setRoundTrip(command.milliseconds);
      case 'dial-for-peer':
        return this.#bulk.session(command.session)?.dialForPeer();
      case 'yield-waiting':
        return this.#bulk.session(command.session)?.yieldWaiting();
      case 'begin-transfer':
        return this.#bulk.begin(command);
      case 'abort-transfer':
        return this.#bulk.session(command.session)?.abort(command.transfer);
      case 'serve-answer':
        return this.#bulk.answer(command);
      case 'enrol-answer':
        return this.#desk.answer(command.enrolment, command.answer);
      case 'set-refused':
        return this.#admission.setRefused(command.refused);
      case 'stop':
        return this.#stop();
    }
  }

  #dial({ dial, address }: Extract<Command, { kind: 'dial' }>): void {
    const timeoutMs = this.#options.limits.greetingTimeoutMs;
    dialTls(address, 'control', this.#admission, timeoutMs, (result) => {
      if ('reason' in result) {
        this.#outbox.post({ kind: 'dial-failed', dial, reason: result.reason });
      } else {
        this.#admit(result.socket).announce(result.certificate, dial);
      }
    });
  }

  #accept(socket: TLSSocket, purpose: Purpose): void {
    if (purpose === 'enrol') return this.#desk.accept(socket);
    const certificate = this.#admission.judge(socket);
    if ('refused' in certificate) {
      const remoteAddress = formatRemote(socket.remoteAddress, socket.remotePort);
      this.#outbox.post({ kind: 'refused', remoteAddress, reason: certificate.refused });
      return refuse(socket, certificate.refused);
    }
    if (purpose === 'bulk') return this.#bulk.accept(socket, certificate);
    return this.#admit(socket).announce(certificate, null);
  }

  #admit(socket: TLSSocket): ControlConnection {
    const id = this.#nextConnection++;
    const connection = new ControlConnection(id, socket, this.#outbox, () =>
      this.#connections.delete(id),
    );
    this.#connections.set(id, connection);
    return connection;
  }

  // Goodbyes were queued before this command; sockets close by themselves once those have left.
  #stop(): void {
    clearTimeout(this.#listenAgain);
    this.#missing.clear();
    for (const listener of this.#listeners) listener.close();
    this.#bulk.closeAll();
    for (const connection of this.#connections.values()) connection.close('stopped');
    const wait = setInterval(() => {
      if (this.#connections.size > 0) return;
      clearInterval(wait);
      this.#outbox.post({ kind: 'stopped' });
      setImmediate(() => setImmediate(() => this.#port.close()));
    }, 5);
  }
}
