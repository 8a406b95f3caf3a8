import { randomBytes } from 'node:crypto';
import type { DeviceId } from '../../identity/ids.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import type { LinkHandler, PeerIdentity } from '../link.ts';
import { maximumLinks, type NetworkLimits } from '../limits.ts';
import type { Channel, RefusedPeers, Transport } from '../transport/transport.ts';
import type { Frame } from '../wire/frame.ts';
import { frameType, maximumMessageType } from '../wire/frame-type.ts';
import { decodeGoodbye, encodeGoodbye, sessionBytes, type Hello } from '../wire/greeting.ts';
import { chooseConnection, choosesFor } from './choose-connection.ts';
import { GreetingChannel } from './greeting-channel.ts';
import { PeerLink } from './peer-link.ts';

export interface LinkTableOptions {
  readonly device: DeviceId;
  readonly handler: LinkHandler;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: NetworkLimits;
  readonly membership: LinkObserver;
}

/** What membership needs of links, and they of it. */
export interface LinkObserver {
  /** This peer's own signed record. */
  ownRecord(): Buffer;
  /** Where a connected peer can be dialled for bulk; `record` is what it said in its hello. */
  bulkAddresses(channel: Channel, record: Buffer): readonly string[];
  opened(link: PeerLink, record: Buffer): void;
  closed(link: PeerLink, reason: string): void;
  records(link: PeerLink, body: Buffer): void;
}

interface Waiting {
  readonly resolve: (peer: PeerIdentity) => void;
  readonly reject: (reason: Error) => void;
}

/** All links: sees to it that there is one for each connected peer, and that everybody hears of it once. */
export class LinkTable {
  readonly #options: LinkTableOptions;
  readonly #incarnation = randomBytes(16).toString('hex');
  readonly #links = new Map<DeviceId, PeerLink>();
  readonly #greetings = new Set<GreetingChannel>();
  /** Connections that wait until it is known whether the established link lives. */
  readonly #rivals = new Map<
    DeviceId,
    { readonly greeting: GreetingChannel; readonly cancel: () => void }
  >();
  readonly #dialled = new Map<Channel, Waiting>();
  #closing = false;

  constructor(options: LinkTableOptions) {
    this.#options = options;
  }

  get links(): readonly PeerLink[] {
    return [...this.#links.values()];
  }

  linkOf(device: DeviceId): PeerLink | undefined {
    return this.#links.get(device);
  }

  /** Resolves with who answered once there is a link with it, this one or an earlier one. */
  async dial(transport: Transport, address: string): Promise<PeerIdentity> {
    const channel = await transport.dial(address);
    return new Promise((resolve, reject) => {
      this.#dialled.set(channel, { resolve, reject });
      this.accept(channel);
    });
  }

  accept(channel: Channel): void {
    const { clock, limits, membership } = this.#options;
    const refusal = this.#refusal(channel);
    if (refusal !== undefined) return this.#refuse(channel, refusal);
    const own = { incarnation: this.#incarnation, record: membership.ownRecord() };
    const greeting = new GreetingChannel(channel, own, clock, limits.greetingTimeoutMs, {
      greeted: (who, hello) => this.#greeted(who, hello),
      selected: (who, hello, session) => this.#selected(who, hello, session),
      ended: (who, reason, duplicate) => this.#greetingEnded(who, reason, duplicate),
    });
    this.#greetings.add(greeting);
    return undefined;
  }

  dropRefused({ devices, fingerprints }: RefusedPeers): void {
    for (const link of this.#links.values()) {
      const { device, fingerprint } = link.peer;
      if (devices.includes(device) || fingerprints.includes(fingerprint)) {
        link.closeWith('refused', 'the certificate was revoked');
      }
    }
  }

  /** Asks every peer whether it is still there, and gives up those that do not answer: the network may have changed. */
  probeAll(): void {
    const { clock, limits } = this.#options;
    for (const link of this.#links.values()) {
      const cancel = clock.after(limits.probeMs, () => {
        link.closeWith('failed', 'the network changed and the peer no longer answers');
      });
      link.probe(cancel);
    }
  }

  /** Says goodbye to every peer. */
  close(): void {
    this.#closing = true;
    for (const link of [...this.#links.values()])
      link.closeWith('leaving', 'this peer is stopping');
    for (const greeting of [...this.#greetings]) greeting.end('leaving', 'this peer is stopping');
    for (const { cancel } of this.#rivals.values()) cancel();
  }

  #refusal({ peer }: Channel): string | undefined {
    if (this.#closing) return 'this peer is stopping';
    if (peer.device === this.#options.device) {
      return 'it has the certificate of this very peer; each peer needs its own';
    }
    const full = this.#links.size >= maximumLinks && !this.#links.has(peer.device);
    return full ? 'this peer has too many links' : undefined;
  }

  #refuse(channel: Channel, reason: string): void {
    channel.send(frameType.goodbye, 0, encodeGoodbye({ code: 'refused', reason }));
    channel.close(reason);
    const { remoteAddress } = channel;
    this.#options.logger.warn({ remoteAddress, reason }, 'refused a connection');
    this.#takeDialled(channel)?.reject(new Error(reason));
  }

  #greeted(greeting: GreetingChannel, hello: Hello): void {
    const { device } = greeting.channel.peer;
    if (!choosesFor(this.#options.device, device)) return undefined;
    const established = this.#links.get(device);
    switch (chooseConnection(established, hello.incarnation)) {
      case 'take':
        return this.#select(greeting, hello);
      case 'replace':
        this.#dropRival(device);
        established?.closeWith('duplicate', 'the peer was restarted');
        return this.#select(greeting, hello);
      case 'probe':
        return this.#probe(established as PeerLink, greeting, hello);
    }
  }

  #probe(link: PeerLink, greeting: GreetingChannel, hello: Hello): void {
    const { device } = link.peer;
    this.#dropRival(device);
    const cancel = this.#options.clock.after(this.#options.limits.probeMs, () => {
      this.#rivals.delete(device);
      link.closeWith('failed', 'the peer connected again and the link no longer answers');
      this.#select(greeting, hello);
    });
    this.#rivals.set(device, { greeting, cancel });
    link.probe(() => this.#dropRival(device));
  }

  #dropRival(device: DeviceId): void {
    const rival = this.#rivals.get(device);
    this.#rivals.delete(device);
    rival?.cancel();
    rival?.greeting.end('duplicate', 'there is a link already');
  }

  #select(greeting: GreetingChannel, hello: Hello): void {
    if (!this.#greetings.has(greeting)) return;
    const session = randomBytes(sessionBytes);
    greeting.channel.send(frameType.select, 0, session);
    this.#open(greeting, hello, session.toString('hex'));
  }

  #selected(greeting: GreetingChannel, hello: Hello, session: string): void {
    const { device } = greeting.channel.peer;
    if (choosesFor(this.#options.device, device)) {
      return greeting.end('failed', 'malformed: it selected though it is not its turn');
    }
    const established = this.#links.get(device);
    if (established !== undefined) {
      established.closeWith('duplicate', 'the peer chose another connection');
    }
    return this.#open(greeting, hello, session);
  }

  #open(greeting: GreetingChannel, hello: Hello, session: string): void {
    const { channel } = greeting;
    const { clock, limits, membership, handler } = this.#options;
    this.#greetings.delete(greeting);
    greeting.finish();
    // Everything is in place before anybody can hear of the link: `serve` needs it.
    const opened: { link?: PeerLink } = {};
    const bulk = channel.openSession({
      id: session,
      addresses: membership.bulkAddresses(channel, hello.record),
      serve: (request) => (opened.link === undefined ? [] : handler.serve(opened.link, request)),
      unreachable: () => channel.send(frameType.openBulk, 0, Buffer.alloc(0)),
    });
    const { incarnation } = hello;
    const { lostAfterMs } = limits;
    const link = new PeerLink({ channel, session: bulk, incarnation, clock, lostAfterMs });
    opened.link = link;
    channel.receiver = {
      frame: (frame) => this.#frame(link, frame),
      progress: () => link.heard(),
      closed: (reason) => link.ended(reason),
    };
    link.onEnded = (reason) => this.#remove(link, reason);
    this.#links.set(link.peer.device, link);
    this.#log(link, 'connected to a peer');
    handler.opened(link);
    membership.opened(link, hello.record);
    this.#takeDialled(channel)?.resolve(link.peer);
  }

  #frame(link: PeerLink, frame: Frame): void {
    if (link.closedBecause !== undefined) return undefined;
    link.heard();
    if (frame.type <= maximumMessageType) {
      return this.#options.handler.message(link, frame.type, frame.body);
    }
    switch (frame.type) {
      case frameType.ping:
        return link.channel.send(frameType.pong, frame.requestId, frame.body);
      case frameType.pong:
        return link.pong(frame.requestId);
      case frameType.records:
        return this.#options.membership.records(link, frame.body);
      case frameType.openBulk:
        return link.session.dialForPeer();
      case frameType.goodbye:
        return this.#goodbye(link, frame);
      default:
        return link.close(`malformed: a frame of type ${frame.type} on a link`);
    }
  }

  #goodbye(link: PeerLink, frame: Frame): void {
    const { code, reason } = decodeGoodbye(frame.body);
    const told = code === 'leaving' ? 'the peer left' : `the peer closed the link: ${reason}`;
    link.channel.close(told);
    link.ended(told);
  }

  #remove(link: PeerLink, reason: string): void {
    const { device } = link.peer;
    if (this.#links.get(device) !== link) return;
    this.#links.delete(device);
    this.#log(link, 'a link closed', reason);
    this.#options.handler.closed(link, reason);
    this.#options.membership.closed(link, reason);
    this.#chooseRival(device);
  }

  // The link that a rival waited for is gone before it answered.
  #chooseRival(device: DeviceId): void {
    const rival = this.#rivals.get(device);
    this.#rivals.delete(device);
    rival?.cancel();
    const hello = rival?.greeting.hello;
    if (rival !== undefined && hello !== undefined && !this.#closing)
      this.#select(rival.greeting, hello);
  }

  #greetingEnded(greeting: GreetingChannel, reason: string, duplicate: boolean): void {
    const { channel } = greeting;
    this.#greetings.delete(greeting);
    const { device } = channel.peer;
    if (this.#rivals.get(device)?.greeting === greeting) this.#dropRival(device);
    const waiting = this.#takeDialled(channel);
    if (duplicate) return waiting?.resolve(channel.peer);
    const { remoteAddress } = channel;
    this.#options.logger.warn(
      { remoteAddress, device, reason },
      'a connection did not become a link',
    );
    return waiting?.reject(new Error(reason));
  }

  #takeDialled(channel: Channel): Waiting | undefined {
    const waiting = this.#dialled.get(channel);
    this.#dialled.delete(channel);
    return waiting;
  }

  #log(link: PeerLink, message: string, reason?: string): void {
    const { remoteAddress, peer } = link;
    const fields = { device: peer.device, user: peer.user, remoteAddress };
    this.#options.logger.info(reason === undefined ? fields : { ...fields, reason }, message);
  }
}
