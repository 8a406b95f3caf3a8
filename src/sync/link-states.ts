import type { KeyObject } from 'node:crypto';
import { signWithContext, verifyWithContext } from '../crypto/signature.ts';
import type { DeviceId } from '../identity/ids.ts';
import { Topology, type View } from '../locks/topology.ts';
import type { Link } from '../network/link.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import {
  decodeLinkState,
  decodeSigned,
  encodeLinkState,
  encodeSigned,
} from './messages/lock-link-state.ts';
import { messageType } from './messages/message-type.ts';
import { Unrest } from './unrest.ts';

const signatureContext = 'lock-link-state';

/** A peer that says nothing of a new link within this time does not share locks. */
export const confirmationPatienceMs = 2_000;

/** Who is at a device, as its certificate says. */
export interface MemberIdentity {
  readonly device: DeviceId;
  readonly uid: number;
  readonly publicKey: KeyObject;
}

export interface LinkStatesOptions {
  readonly self: DeviceId;
  /** DER. */
  readonly certificate: Buffer;
  readonly privateKey: KeyObject;
  readonly readCertificate: (der: Buffer) => MemberIdentity | { readonly refused: string };
  readonly clock: Clock;
  readonly logger: Logger;
  /** Others may be in reach than before. */
  readonly changed: () => void;
}

interface Known {
  readonly identity: MemberIdentity | undefined;
  /** As signed, to be passed on. */
  readonly signed: Uint8Array;
  readonly signature: string;
}

/** Tells everybody whom this peer is connected to, passes on what others tell, and so knows who is in reach over whom. */
export class LinkStates {
  readonly #options: LinkStatesOptions;
  readonly #topology: Topology;
  readonly #unrest: Unrest;
  readonly #links = new Map<number, Link>();
  /** Until when a new link is waited for to be confirmed by its peer, by its device. */
  readonly #confirmedByMs = new Map<number, number>();
  readonly #known = new Map<number, Known>();
  /** Of what is known: everybody passes the same on. */
  readonly #signatures = new Set<string>();

  constructor(options: LinkStatesOptions) {
    this.#options = options;
    this.#topology = new Topology(options.self);
    this.#unrest = new Unrest(options.clock, (device) => {
      if (this.#links.has(device)) this.renew();
    });
  }

  view(): View {
    return this.#topology.view((device) => this.#forget(device));
  }

  /**
   * Whether what is known is not the whole: a link is there, but its peer has not said so yet. Whoever forgot that peer now would believe to be
   * apart from somebody whom he can reach.
   */
  get isUnsettled(): boolean {
    const nowMs = this.#options.clock.monotonicMs();
    for (const [device, untilMs] of this.#confirmedByMs) {
      if (nowMs >= untilMs) this.#confirmedByMs.delete(device);
    }
    return this.#confirmedByMs.size > 0;
  }

  linkTo(device: number): Link | undefined {
    return this.#links.get(device);
  }

  identityOf(device: number): MemberIdentity | undefined {
    return this.#known.get(device)?.identity;
  }

  opened(link: Link): void {
    const { clock } = this.#options;
    this.#links.set(link.peer.device, link);
    this.#confirmedByMs.set(link.peer.device, clock.monotonicMs() + confirmationPatienceMs);
    for (const [device, { signed }] of this.#known) {
      // What this peer says itself follows, with the new link in it.
      if (device !== this.#options.self) link.send(messageType.lockLinkState, signed);
    }
    this.renew();
  }

  closed(link: Link): void {
    if (this.#links.get(link.peer.device) !== link) return;
    this.#links.delete(link.peer.device);
    this.#confirmedByMs.delete(link.peer.device);
    this.renew();
  }

  /** A new version of what this peer says, newer than `than`: all begin a new view with it. */
  renew(than = 0): void {
    const { self: device, certificate, privateKey, clock } = this.#options;
    const before = this.#topology.stateOf(device)?.version ?? 0;
    // A peer that was restarted goes on above what others remember of it.
    const version = Math.max(Math.floor(clock.nowMs()), before + 1, than + 1);
    const neighbours = [...this.#links.keys()].filter((other) => !this.#unrest.isShunned(other));
    const payload = Buffer.from(encodeLinkState({ version, neighbours, certificate }));
    const signature = signWithContext(signatureContext, payload, privateKey);
    const signed = encodeSigned({ payload, signature });
    this.#keep({ device, version, neighbours }, undefined, signed, signature);
    this.#spread(signed);
    this.#options.changed();
  }

  /** Throws MalformedMessage. What is not signed by who it is about is of no account. */
  take(link: Link, body: Buffer): void {
    const { payload, signature } = decodeSigned(body);
    if (this.#signatures.has(signature.toString('hex'))) return this.#heardAgain(link, signature);
    const { version, neighbours, certificate } = decodeLinkState(payload);
    const identity = this.#options.readCertificate(Buffer.from(certificate));
    if ('refused' in identity) return;
    if (!verifyWithContext(signatureContext, payload, identity.publicKey, signature)) return;
    const { device } = identity;
    if (device === this.#options.self) return this.#heardOfSelf(version);
    if ((this.#topology.stateOf(device)?.version ?? -1) >= version) return;
    const signed = Buffer.from(body);
    if (this.#links.has(device) && this.#unrest.noted(device)) this.#shunned(device);
    this.#keep({ device, version, neighbours }, identity, signed, signature);
    this.#spread(signed, link);
    if (device === link.peer.device) this.#confirm(device);
    this.#options.changed();
  }

  /** Others were quicker to pass on what the peer says itself now. */
  #heardAgain({ peer: { device } }: Link, signature: Buffer): void {
    const isOwn = this.#known.get(device)?.signature === signature.toString('hex');
    if (isOwn && this.#confirm(device)) this.#options.changed();
  }

  /** A peer speaks of itself over its link: what it says now was said when the link was there. */
  #confirm(device: number): boolean {
    const state = this.#topology.stateOf(device);
    if (!state?.neighbours.includes(this.#options.self)) return false;
    return this.#confirmedByMs.delete(device);
  }

  /** Others still hear of it from others, but nothing that it says matters to them as long as nobody is connected to it. */
  #shunned(device: number): void {
    this.#options.logger.warn({ device }, 'a peer changes its links all the time: it has no locks');
    this.#confirmedByMs.delete(device);
    this.renew();
  }

  #heardOfSelf(version: number): void {
    const own = this.#topology.stateOf(this.#options.self)?.version ?? 0;
    if (version > own) this.renew(version);
  }

  #keep(
    state: { device: number; version: number; neighbours: readonly number[] },
    identity: MemberIdentity | undefined,
    signed: Uint8Array,
    signature: Buffer,
  ): void {
    this.#topology.learn(state);
    this.#forget(state.device);
    const text = signature.toString('hex');
    this.#known.set(state.device, { identity, signed, signature: text });
    this.#signatures.add(text);
  }

  #forget(device: number): void {
    const known = this.#known.get(device);
    if (known !== undefined) this.#signatures.delete(known.signature);
    this.#known.delete(device);
  }

  #spread(signed: Uint8Array, except?: Link): void {
    for (const link of this.#links.values()) {
      if (link !== except) link.send(messageType.lockLinkState, signed);
    }
  }
}
