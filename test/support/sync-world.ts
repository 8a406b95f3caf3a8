import type { ContentStore } from '../../src/content/content-store.ts';
import type { DeviceId, UserId } from '../../src/identity/ids.ts';
import type { AcceptOutcome, BatchId, LoggedBatch, Replica } from '../../src/metadata/replica.ts';
import type { Link } from '../../src/network/link.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { Synchroniser } from '../../src/sync/synchroniser.ts';
import { ManualClock } from './manual-clock.ts';

/** A replica that knows nothing but which batches it has: enough to see how they spread. */
export class CountingReplica {
  readonly #sequences = new Map<DeviceId, number>();
  readonly #listeners: ((bytes: Uint8Array, id: BatchId) => void)[] = [];
  readonly unsealed = 0;
  /** Batches that were given to it although it had them. */
  repeated = 0;

  frontier(): Map<DeviceId, number> {
    return new Map(this.#sequences);
  }

  onBatch(listener: (bytes: Uint8Array, id: BatchId) => void): void {
    this.#listeners.push(listener);
  }

  operationsAfter({ device, sequence }: BatchId): number {
    return (this.#sequences.get(device) ?? 0) - sequence;
  }

  batchesSince(frontier: ReadonlyMap<DeviceId, number>, maximumBytes: number): LoggedBatch[] {
    const batches: LoggedBatch[] = [];
    for (const [device, last] of this.#sequences) {
      for (let sequence = (frontier.get(device) ?? 0) + 1; sequence <= last; sequence++) {
        if (batches.length * 65_536 >= maximumBytes) return batches;
        const id = { device, sequence };
        batches.push({ id, bytes: Buffer.from(JSON.stringify(id)) });
      }
    }
    return batches;
  }

  async accept(batches: readonly Uint8Array[]): Promise<AcceptOutcome> {
    let accepted = 0;
    let missing = false;
    for (const bytes of batches) {
      const id = JSON.parse(Buffer.from(bytes).toString()) as BatchId;
      const last = this.#sequences.get(id.device) ?? 0;
      if (id.sequence <= last) this.repeated++;
      else if (id.sequence > last + 1) missing = true;
      else {
        this.add(id);
        accepted++;
      }
    }
    return { accepted, operations: accepted, missing, refused: [] };
  }

  add(id: BatchId): void {
    this.#sequences.set(id.device, id.sequence);
    for (const listener of this.#listeners) listener(Buffer.from(JSON.stringify(id)), id);
  }
}

interface Mail {
  readonly to: Peer;
  readonly link: Link;
  readonly type: number;
  readonly body: Buffer;
}

interface Peer {
  readonly device: DeviceId;
  readonly replica: CountingReplica;
  readonly synchroniser: Synchroniser;
}

const noContent = { addSource() {}, removeSource() {} } as unknown as ContentStore;

/** Peers in one process whose messages the test delivers, loses with their link, or lets wait. */
export class SyncWorld {
  readonly clock = new ManualClock();
  readonly peers: Peer[];
  readonly #linksByPair = new Map<string, { link: Link; of: Peer }[]>();
  #mail: Mail[] = [];
  messages = 0;

  constructor(count: number) {
    this.peers = Array.from({ length: count }, (_, index) => this.#makePeer(index + 1));
  }

  peer(index: number): Peer {
    const peer = this.peers[index];
    if (!peer) throw new Error(`there is no peer ${index}`);
    return peer;
  }

  /** The peer does something. */
  work(index: number): void {
    const { device, replica } = this.peer(index);
    replica.add({ device, sequence: (replica.frontier().get(device) ?? 0) + 1 });
  }

  connect(a: number, b: number): void {
    const key = pairKey(a, b);
    if (a === b || this.#linksByPair.has(key)) return;
    const [one, other] = [this.peer(a), this.peer(b)];
    const ends: { link: Link; of: Peer }[] = [];
    const toOther = this.#makeLink(other, () => ends[1]?.link);
    const toOne = this.#makeLink(one, () => ends[0]?.link);
    ends.push({ link: toOther, of: one }, { link: toOne, of: other });
    this.#linksByPair.set(key, ends);
    for (const { link, of } of ends) of.synchroniser.opened(link);
  }

  /** Cuts the link; what was on its way is lost. */
  disconnect(a: number, b: number): void {
    const ends = this.#linksByPair.get(pairKey(a, b));
    if (!ends) return;
    this.#linksByPair.delete(pairKey(a, b));
    this.#mail = this.#mail.filter(({ link }) => !ends.some((end) => end.link === link));
    for (const { link, of } of ends) of.synchroniser.closed(link);
  }

  /** Delivers messages and lets time pass until nobody has anything to say. */
  async settle(): Promise<void> {
    for (let quietRounds = 0; quietRounds < 3;) {
      quietRounds = this.#mail.length === 0 ? quietRounds + 1 : 0;
      await this.deliver(this.#mail.length);
      this.clock.advance(100);
    }
  }

  async deliver(count: number): Promise<void> {
    for (let delivered = 0; delivered < count; delivered++) {
      const mail = this.#mail.shift();
      if (!mail) break;
      this.messages++;
      mail.to.synchroniser.message(mail.link, mail.type, mail.body);
      await new Promise(setImmediate);
    }
  }

  #makePeer(number: number): Peer {
    const device = number as DeviceId;
    const replica = new CountingReplica();
    const synchroniser = new Synchroniser({
      self: device,
      replica: replica as unknown as Replica,
      content: noContent,
      acknowledgements: { load: () => 0, save() {} },
      clock: this.clock,
      logger: silentLogger,
    });
    return { device, replica, synchroniser };
  }

  #makeLink(to: Peer, reverse: () => Link | undefined): Link {
    return {
      peer: { device: to.device, user: 'someone', uid: 1 as UserId, fingerprint: '' },
      remoteAddress: '',
      roundTripMs: 0,
      queuedBytes: 0,
      bytesReceived: 0,
      bytesSent: 0,
      transfer: () => Promise.reject(new Error('this world has no content')),
      close: () => {},
      send: (type, body) => {
        const link = reverse();
        if (link) this.#mail.push({ to, link, type, body: Buffer.from(body) });
      },
    };
  }
}

function pairKey(a: number, b: number): string {
  return [Math.min(a, b), Math.max(a, b)].join('-');
}
