import type { Address } from '../../../address.ts';
import type { BeginTransfer, OpenSession, ServeAnswer } from '../worker-messages.ts';
import type { BulkConnection, BulkOwner } from './bulk-connection.ts';
import { decideGrowth, type GrowthState } from './bulk-growth.ts';
import { IncomingTransfer } from './incoming-transfer.ts';
import type { Outbox } from './outbox.ts';

export interface BulkSessionOptions {
  readonly outbox: Outbox;
  readonly bulkTimeoutMs: number;
  readonly maximumConnections: number;
  dial(
    session: BulkSession,
    address: Address,
    done: (result: BulkConnection | { readonly reason: string }) => void,
  ): void;
  ask(session: string, request: Buffer, answer: (chunks: ServeAnswer) => void): void;
}

/** This worker's bulk connections with one peer, and the transfers that wait for one. */
export class BulkSession implements BulkOwner {
  readonly id: string;
  readonly device: number;
  readonly #addresses: readonly Address[];
  readonly #options: BulkSessionOptions;
  readonly #connections = new Set<BulkConnection>();
  readonly #transfers = new Map<number, IncomingTransfer>();
  #waiting: IncomingTransfer[] = [];
  #dialling = false;
  #closed = false;
  #growth: GrowthState = { connections: 0, rateBefore: 0, restUntilMs: 0 };
  #roundTripMs = 0;
  #wasSaturated = false;
  #traffic = { received: 0, sent: 0 };
  #receivedThisSecond = 0;
  readonly #second: NodeJS.Timeout;
  #patience: NodeJS.Timeout | undefined;

  constructor({ session, device, addresses }: OpenSession, options: BulkSessionOptions) {
    this.id = session;
    this.device = device;
    this.#addresses = addresses;
    this.#options = options;
    this.#second = setInterval(() => this.#everySecond(), 1000);
  }

  begin(command: BeginTransfer): void {
    const transfer = new IncomingTransfer(command, (outcomes, reason) => {
      this.#transfers.delete(transfer.id);
      if (outcomes === null) this.#withdraw(transfer);
      const event = { kind: 'transfer-settled', transfer: transfer.id, outcomes, reason } as const;
      this.#options.outbox.post(event, outcomes?.buffer);
    });
    this.#transfers.set(transfer.id, transfer);
    this.#waiting.push(transfer);
    this.#assign();
  }

  abort(transfer: number): void {
    this.#transfers.get(transfer)?.fail('the transfer was aborted');
  }

  add(connection: BulkConnection): void {
    this.#connections.add(connection);
    clearTimeout(this.#patience);
    this.#patience = undefined;
    connection.attach(this);
    this.#countChanged();
    this.#assign();
  }

  /** The connection is gone; what it carried goes to another one, once. */
  remove(connection: BulkConnection): void {
    if (this.#connections.delete(connection)) this.#countChanged();
    for (const transfer of connection.ended()) {
      if (this.#closed || transfer.attempts > 1) transfer.fail('the connection broke');
      else this.#waiting.push(transfer);
    }
    this.#assign();
  }

  /** Makes a connection that the peer will use: it cannot dial us. */
  dialForPeer(): void {
    this.#dial();
  }

  yieldWaiting(): void {
    if (this.#connections.size > 0) return;
    for (const transfer of this.#waiting) transfer.fail('another worker has the connections');
  }

  setRoundTrip(milliseconds: number): void {
    this.#roundTripMs = milliseconds;
  }

  close(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#second);
    clearTimeout(this.#patience);
    for (const transfer of this.#transfers.values()) transfer.fail(reason);
    for (const connection of this.#connections) connection.close(reason);
  }

  ask(request: Buffer, answer: (chunks: ServeAnswer) => void): void {
    this.#options.ask(this.id, request, answer);
  }

  release(serve: number): void {
    this.#options.outbox.post({ kind: 'served', serve });
  }

  sent(payloadBytes: number): void {
    this.#traffic.sent += payloadBytes;
  }

  received(payloadBytes: number): void {
    this.#traffic.received += payloadBytes;
    this.#receivedThisSecond += payloadBytes;
  }

  ended(): void {
    this.#assign();
  }

  /** What was carried since the last call; undefined when nothing was. */
  takeTraffic(): { readonly received: number; readonly sent: number } | undefined {
    const traffic = this.#traffic;
    if (traffic.received === 0 && traffic.sent === 0) return undefined;
    this.#traffic = { received: 0, sent: 0 };
    return traffic;
  }

  #assign(): void {
    while (this.#waiting.length > 0) {
      const connection = this.#leastBusy();
      if (connection === undefined) break;
      connection.requester.begin(this.#waiting.shift() as IncomingTransfer);
    }
    if (this.#waiting.length === 0 || this.#closed) return;
    if (this.#connections.size > 0) this.#wasSaturated = true;
    else this.#dial();
  }

  #countChanged(): void {
    const count = this.#connections.size;
    this.#options.outbox.post({ kind: 'bulk-connections', session: this.id, count });
  }

  #leastBusy(): BulkConnection | undefined {
    let best: BulkConnection | undefined;
    for (const connection of this.#connections) {
      const { hasRoom, outstandingBytes } = connection.requester;
      if (hasRoom && outstandingBytes < (best?.requester.outstandingBytes ?? Infinity)) {
        best = connection;
      }
    }
    return best;
  }

  #withdraw(transfer: IncomingTransfer): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting !== transfer);
    for (const connection of this.#connections) {
      if (connection.requester.abort(transfer)) return;
    }
  }

  #dial(from = 0): void {
    const address = this.#addresses[from];
    if (this.#closed || (this.#dialling && from === 0)) return;
    this.#dialling = address !== undefined;
    if (address === undefined) return this.#waitForPeer();
    this.#options.dial(this, address, (result) => {
      if ('reason' in result) return this.#dial(from + 1);
      this.#dialling = false;
      if (this.#closed) return result.close('the link is closed');
      this.#growth = { ...this.#growth, connections: this.#connections.size + 1 };
      return this.add(result);
    });
  }

  // Nobody answered at any address: the peer may be able to dial us instead.
  #waitForPeer(): void {
    if (this.#connections.size > 0 || this.#patience !== undefined) return;
    this.#options.outbox.post({ kind: 'unreachable', session: this.id });
    this.#patience = setTimeout(() => {
      this.#patience = undefined;
      for (const transfer of this.#waiting) transfer.fail('no bulk connection could be made');
    }, this.#options.bulkTimeoutMs);
  }

  #everySecond(): void {
    const decision = decideGrowth(
      { ...this.#growth, connections: this.#connections.size },
      {
        nowMs: performance.now(),
        bytesPerSecond: this.#receivedThisSecond,
        roundTripMs: this.#roundTripMs,
        saturated: this.#wasSaturated || this.#waiting.length > 0,
        maximumConnections: this.#options.maximumConnections,
      },
    );
    this.#growth = decision.state;
    this.#receivedThisSecond = 0;
    this.#wasSaturated = false;
    if (decision.add) this.#dial();
  }
}
