import { signWithContext, verifyWithContext } from '../crypto/signature.ts';
import { LockPeer, type LockEnvironment } from '../locks/lock-peer.ts';
import { tickMs } from '../locks/limits.ts';
import type { LockMessage } from '../locks/messages.ts';
import type { View } from '../locks/topology.ts';
import type { Link } from '../network/link.ts';
import { HeldBack } from './held-back.ts';
import {
  confirmationPatienceMs,
  LinkStates,
  type LinkStatesOptions,
  type MemberIdentity,
} from './link-states.ts';
import { MalformedMessage } from './messages/codec.ts';
import {
  decodeEnvelope,
  encodeEnvelope,
  signedPart,
  type LockEnvelope,
} from './messages/lock-envelope.ts';
import { decodeLockMessage, encodeLockMessage } from './messages/lock-message.ts';
import { messageType } from './messages/message-type.ts';

const signatureContext = 'lock-message';

/** All begin anew at most so often because of this peer. */
const anewEveryMs = 1_000;

export interface LockExchangeOptions extends Omit<LinkStatesOptions, 'changed'> {
  /** What locks need to know of files, and of the tree. */
  readonly files: Pick<LockEnvironment, 'publish' | 'position' | 'reach' | 'hasBatch'>;
  /** Whether this person may open the file; undefined while it is not known here. */
  readonly mayLock: (member: MemberIdentity, inode: number) => boolean | undefined;
}

/**
 * Carries what peers say of locks between all that are in reach, over others where there is no link, and tells the peer's own part who
 * that is. What comes over others is signed by who says it.
 */
export class LockExchange {
  readonly peer: LockPeer;
  readonly #options: LockExchangeOptions;
  readonly #states: LinkStates;
  readonly #heldBack = new HeldBack();
  readonly #sent = new Map<number, number>();
  readonly #received = new Map<number, number>();
  #view: View;
  #cancelTick: (() => void) | undefined;
  #anewAtMs = -Infinity;
  #cancelAnew: (() => void) | undefined;
  #cancelUnsettled: (() => void) | undefined;
  #stopped = false;

  constructor(options: LockExchangeOptions) {
    const { self, clock, files, mayLock } = options;
    this.#options = options;
    this.#states = new LinkStates({ ...options, changed: () => this.#changed() });
    this.#view = this.#states.view();
    this.peer = new LockPeer({
      ...{ self, monotonicMs: () => clock.monotonicMs() },
      ...{ publish: files.publish, position: files.position, reach: files.reach },
      hasBatch: files.hasBatch,
      send: (to, message) => this.#send(to, message),
      mayLock: (device, inode) => {
        const member = this.#states.identityOf(device);
        // The processes of this machine are judged by its kernel.
        return device === self || (member !== undefined && mayLock(member, inode));
      },
      misbehaves: (device, how) => this.#misbehaves(device, how),
      beginAnew: () => this.#beginAnew(),
    });
  }

  /** Peers that are in reach, this one included. */
  get members(): readonly number[] {
    return this.#view.members;
  }

  opened(link: Link): void {
    this.#states.opened(link);
  }

  closed(link: Link): void {
    if (!this.#stopped) this.#states.closed(link);
  }

  takeLinkState(link: Link, body: Buffer): void {
    this.#states.take(link, body);
  }

  takeEnvelope(link: Link, body: Buffer): void {
    const envelope = decodeEnvelope(body);
    if (!this.#isGenuine(link, envelope)) return;
    if (envelope.view === this.#view.id) return this.#pass(envelope, link);
    // A copy: it outlives the message that it came in.
    const { payload, signature } = envelope;
    const copies = {
      payload: Buffer.from(payload),
      signature: signature && Buffer.from(signature),
    };
    const kept = this.#heldBack.add({ ...envelope, ...copies });
    if (!kept) this.#misbehaves(envelope.from, 'it speaks of locks to nobody');
  }

  /** The tree, or a log, has grown. */
  grew(): void {
    if (this.peer.coordinator.isBehind) this.peer.coordinator.look();
  }

  /** Something is held or wanted, so time matters. Cheap when that is known. */
  watch(): void {
    if (this.#stopped) return;
    this.#cancelTick ??= this.#options.clock.after(tickMs, () => {
      this.#cancelTick = undefined;
      this.peer.look();
      const { holder, coordinator } = this.peer;
      const { size } = coordinator.files;
      if (holder.files.size + size + coordinator.awaited.size > 0) this.watch();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTick?.();
    this.#cancelAnew?.();
    this.#cancelUnsettled?.();
  }

  #changed(): void {
    this.#cancelUnsettled?.();
    this.#cancelUnsettled = undefined;
    if (this.#states.isUnsettled) {
      const again = (): void => this.#changed();
      this.#cancelUnsettled = this.#options.clock.after(confirmationPatienceMs, again);
    } else this.#adoptView();
  }

  #adoptView(): void {
    const view = this.#states.view();
    if (view.id === this.#view.id) return;
    this.#view = view;
    this.#sent.clear();
    this.#received.clear();
    this.peer.view(view.members);
    for (const envelope of this.#heldBack.take(view.id)) {
      // What was said may have ended the view.
      if (this.#view !== view) return;
      this.#passForwarded(envelope);
    }
    this.watch();
  }

  /** What does not come over the sender's own link carries his signature. */
  #isGenuine(link: Link, envelope: LockEnvelope): boolean {
    const { from, signature } = envelope;
    if (from === link.peer.device) return true;
    const identity = this.#states.identityOf(from);
    if (identity === undefined || signature === null) return false;
    const { publicKey } = identity;
    return verifyWithContext(signatureContext, signedPart(envelope), publicKey, signature);
  }

  #pass(envelope: LockEnvelope, link: Link): void {
    const isDirect = envelope.from === link.peer.device;
    if (!isDirect) return this.#passForwarded(envelope);
    if (envelope.to === this.#options.self) return this.#receive(envelope);
    return this.#forward(envelope);
  }

  /** Who only passes on what another says is not to blame for it. */
  #passForwarded(envelope: LockEnvelope): void {
    try {
      if (envelope.to === this.#options.self) this.#receive(envelope);
      else this.#forward(envelope);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      this.#misbehaves(envelope.from, error.message);
    }
  }

  #receive({ from, sequence, payload }: LockEnvelope): void {
    const expected = (this.#received.get(from) ?? 0) + 1;
    if (sequence < expected) return;
    if (sequence > expected) return this.#beginAnew();
    this.#received.set(from, sequence);
    this.peer.take(from, decodeLockMessage(payload));
    return this.watch();
  }

  #forward(envelope: LockEnvelope): void {
    if (envelope.signature === null) return;
    this.#linkTowards(envelope.to)?.send(messageType.lockEnvelope, encodeEnvelope(envelope));
  }

  #send(to: number, message: LockMessage): void {
    const { self: from, privateKey } = this.#options;
    const link = this.#linkTowards(to);
    if (link === undefined) return;
    const sequence = (this.#sent.get(to) ?? 0) + 1;
    this.#sent.set(to, sequence);
    const payload = Buffer.from(encodeLockMessage(message));
    const unsigned = { view: this.#view.id, from, to, sequence, payload, signature: null };
    const isDirect = link.peer.device === to;
    const signature = isDirect
      ? null
      : signWithContext(signatureContext, signedPart(unsigned), privateKey);
    link.send(messageType.lockEnvelope, encodeEnvelope({ ...unsigned, signature }));
  }

  #linkTowards(device: number): Link | undefined {
    return this.#states.linkTo(this.#view.nextHops.get(device) ?? device);
  }

  #misbehaves(device: number, how: string): void {
    this.#options.logger.warn({ device, reason: how }, 'a peer misuses locks');
    this.#states.linkTo(device)?.close(how);
  }

  #beginAnew(): void {
    if (this.#stopped || this.#cancelAnew !== undefined) return;
    const { clock } = this.#options;
    const waitMs = Math.max(0, this.#anewAtMs + anewEveryMs - clock.monotonicMs());
    this.#cancelAnew = clock.after(waitMs, () => {
      this.#cancelAnew = undefined;
      this.#anewAtMs = clock.monotonicMs();
      this.#states.renew();
    });
  }
}
