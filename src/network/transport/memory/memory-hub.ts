import type { Clock } from '../../../platform/clock.ts';
import type { PeerIdentity } from '../../link.ts';
import type { Accept, Channel, OpenTransport, RefusedPeers, Transport } from '../transport.ts';
import { MemoryChannel } from './memory-channel.ts';

interface Host {
  readonly peer: PeerIdentity;
  readonly accept: Accept;
  refused: RefusedPeers;
}

/** A network of peers in one process: the same links as over TLS, without sockets, and with cables that can be cut. */
export class MemoryHub {
  /** One way, for everything that is sent from now on. */
  delayMs = 0;
  readonly #clock: Clock;
  readonly #hosts = new Map<string, Host>();
  readonly #channels = new Set<MemoryChannel>();
  #cut: readonly (readonly [string, string])[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Puts a peer at `address` (`host:port`). */
  transport(address: string, peer: PeerIdentity): OpenTransport {
    return async (accept) => {
      if (this.#hosts.has(address)) throw new Error(`${address} is taken`);
      const host: Host = { peer, accept, refused: { devices: [], fingerprints: [] } };
      this.#hosts.set(address, host);
      return this.#transportOf(address, host);
    };
  }

  /** Nothing passes between the two any more, and neither is told. */
  cut(one: string, other: string): void {
    this.#cut = [...this.#cut, [one, other]];
  }

  /** Connects what was cut. What was sent meanwhile is lost, so connections from before the cut break. */
  mend(): void {
    const cut = this.#cut;
    this.#cut = [];
    for (const channel of this.#channels) {
      if (isAmong(cut, channel.from, channel.to)) channel.broke('the connection broke');
    }
  }

  /** Breaks the connections between the two, which both notice. */
  sever(one: string, other: string): void {
    for (const channel of this.#channels) {
      if (isAmong([[one, other]], channel.from, channel.to)) channel.broke('the connection broke');
    }
  }

  /** Carries an event over, in order, unless the cable is cut when it is sent. */
  carry(from: string, to: string, arrive: () => void): void {
    if (isAmong(this.#cut, from, to)) return;
    if (this.delayMs > 0) this.#clock.after(this.delayMs, arrive);
    else setImmediate(arrive);
  }

  forget(channel: MemoryChannel): void {
    this.#channels.delete(channel);
  }

  #transportOf(address: string, host: Host): Transport {
    return {
      listening: [address],
      dial: (to) => this.#dial(address, host, to),
      setRefused: (refused) => {
        host.refused = refused;
      },
      close: async () => {
        this.#hosts.delete(address);
        const own = [...this.#channels].filter(({ from }) => from === address);
        own.forEach((channel) => channel.close('this peer is stopping'));
      },
    };
  }

  async #dial(from: string, host: Host, to: string): Promise<Channel> {
    const other = this.#hosts.get(to);
    if (other === undefined) throw new Error('nobody listens there');
    if (isAmong(this.#cut, from, to)) throw new Error('it did not answer in time');
    if (isRefused(other.peer, host.refused)) throw new Error('the certificate was revoked');
    if (isRefused(host.peer, other.refused)) {
      throw new Error('the peer refused: the certificate was revoked');
    }
    const near = new MemoryChannel(this, { from, to, peer: other.peer, dialled: true });
    const far = new MemoryChannel(this, { from: to, to: from, peer: host.peer, dialled: false });
    near.join(far);
    this.#channels.add(near).add(far);
    this.carry(from, to, () => other.accept(far));
    return near;
  }
}

function isAmong(pairs: readonly (readonly [string, string])[], from: string, to: string): boolean {
  return pairs.some(([a, b]) => (a === from && b === to) || (a === to && b === from));
}

function isRefused({ device, fingerprint }: PeerIdentity, refused: RefusedPeers): boolean {
  return refused.devices.includes(device) || refused.fingerprints.includes(fingerprint);
}
