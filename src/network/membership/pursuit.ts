import type { DeviceId } from '../../identity/ids.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Random } from '../../platform/random.ts';
import type { NetworkLimits } from '../limits.ts';
import type { PeerIdentity } from '../link.ts';
import { dialDelayMs, peersToPursue } from './dial-plan.ts';
import { newTarget, type Target } from './target.ts';

export interface PursuitOptions {
  readonly device: DeviceId;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: NetworkLimits;
  isLinked(device: DeviceId): boolean;
  linkCount(): number;
  addressesOf(device: DeviceId): readonly string[];
  dial(address: string): Promise<PeerIdentity>;
}

/** Keeps trying to have links with whom there should be one. */
export class Pursuit {
  readonly #options: PursuitOptions;
  readonly #peers = new Map<DeviceId, Target>();
  readonly #configured = new Map<string, Target>();
  #stopped = false;

  constructor(options: PursuitOptions) {
    this.#options = options;
  }

  get targets(): readonly Target[] {
    return [...this.#peers.values(), ...this.#configured.values()];
  }

  target(device: DeviceId): Target | undefined {
    return this.#peers.get(device);
  }

  /** Somebody asked for it, so it is tried at once and for ever. */
  addConfigured(address: string): void {
    const target = this.#configured.get(address) ?? newTarget(undefined, address, this.#now());
    this.#configured.set(address, target);
    this.#pursueAfresh(target);
  }

  /** A peer is known, or says something new about itself. */
  addPeer(device: DeviceId): void {
    const target = this.#peers.get(device) ?? newTarget(device, undefined, this.#now());
    this.#peers.set(device, target);
    target.failures = 0;
    if (target.state === 'waiting') this.#stop(target);
    this.fill();
  }

  forget(device: DeviceId): void {
    const target = this.#peers.get(device);
    if (target !== undefined) this.#stop(target);
    this.#peers.delete(device);
  }

  linked(device: DeviceId): void {
    for (const target of this.#targetsOf(device)) {
      this.#stop(target);
      target.failures = 0;
      target.lastError = undefined;
      target.sinceMs = this.#now();
    }
    this.fill();
    // The first link after a time alone shows that the network is there: others may be in reach too.
    if (this.#options.linkCount() === 1) this.pursueAtOnce();
  }

  unlinked(device: DeviceId, reason: string): void {
    for (const target of this.#targetsOf(device)) {
      target.lastError = reason;
      target.sinceMs = this.#now();
      // The first retry is not at once: whatever broke the link may need a moment.
      target.failures = 1;
      if (target.configured !== undefined) this.#pursue(target);
    }
    this.fill();
    if (this.#options.linkCount() === 0) this.#shortenWaiting();
  }

  /** Dials what waits without delay. */
  pursueAtOnce(): void {
    for (const target of this.targets) {
      if (target.state !== 'waiting') continue;
      this.#stop(target);
      target.state = 'waiting';
      target.cancel = this.#options.clock.after(0, () => void this.#attempt(target));
    }
  }

  /** The network changed: what was out of reach may not be any more. */
  retryAll(): void {
    for (const target of this.targets) {
      target.again = target.state === 'dialling';
      if (target.state !== 'waiting') continue;
      this.#stop(target);
      target.failures = 0;
    }
    for (const target of this.#configured.values()) this.#pursue(target);
    this.fill();
    this.pursueAtOnce();
  }

  /** Pursues as many known peers as the mesh wants. */
  fill(): void {
    const peers = [...this.#peers.values()];
    const candidates = peers.filter((target) => target.state === 'idle' && !this.#isLinked(target));
    const pursued = peers.filter(({ state }) => state !== 'idle').length;
    const mesh = { known: peers.length, linked: this.#options.linkCount(), pursued };
    const { limits, random } = this.#options;
    for (const target of peersToPursue(candidates, mesh, limits.meshBound, random)) {
      this.#pursue(target);
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const target of this.targets) this.#stop(target);
  }

  #pursueAfresh(target: Target): void {
    target.failures = 0;
    if (target.state === 'waiting') this.#stop(target);
    this.#pursue(target);
  }

  #pursue(target: Target): void {
    if (this.#stopped || target.state !== 'idle' || this.#isLinked(target)) return;
    const { device: own, limits, random, clock } = this.#options;
    // A configured address is dialled without courtesy: its peer may not know of us.
    const device = target.configured === undefined ? target.device : undefined;
    const alone = this.#options.linkCount() === 0;
    const delayMs = dialDelayMs({ own, device, failures: target.failures, alone }, limits, random);
    target.state = 'waiting';
    target.cancel = clock.after(delayMs, () => void this.#attempt(target));
  }

  /** The last link is gone: the others need not wait as long as while there was one. */
  #shortenWaiting(): void {
    for (const target of this.targets) {
      if (target.state !== 'waiting') continue;
      this.#stop(target);
      this.#pursue(target);
    }
  }

  async #attempt(target: Target): Promise<void> {
    target.state = 'dialling';
    target.again = false;
    const error = await this.#dialAny(target);
    // A dial that was overtaken by `stop` must not change what came after it.
    if (target.state === 'dialling') target.state = 'idle';
    if (this.#stopped || this.#isLinked(target) || !this.#isCurrent(target)) return;
    if (error !== undefined) {
      target.failures = target.again ? 0 : target.failures + 1;
      target.lastError = error;
    }
    if (target.configured === undefined) this.fill();
    else this.#pursue(target);
  }

  /**
   * Tries its addresses, each a little after the one before: one that is out of reach takes many seconds to say so, and the next one
   * may answer at once (as in RFC 8305). Undefined when there is a link.
   */
  async #dialAny(target: Target): Promise<string | undefined> {
    const attempts: Promise<string | undefined>[] = [];
    for (const address of this.#addressesOf(target)) {
      if (this.#stopped || this.#isLinked(target)) return undefined;
      const attempt = this.#dialOne(target, address);
      attempts.push(attempt);
      const answer = await Promise.race([attempt, this.#turnOfNext()]);
      if (answer === undefined) return undefined;
    }
    return attempts.length === 0 ? 'it told no address that can be reached' : firstOf(attempts);
  }

  /** Why it is no link with the target; undefined when it is. */
  async #dialOne(target: Target, address: string): Promise<string | undefined> {
    try {
      const peer = await this.#options.dial(address);
      if (target.configured !== undefined) this.#identified(target, peer.device);
      return peer.device === target.device ? undefined : `${address}: another peer answered`;
    } catch (failure) {
      return `${address}: ${(failure as Error).message}`;
    }
  }

  #turnOfNext(): Promise<'next'> {
    const { clock, limits } = this.#options;
    return new Promise((resolve) => clock.after(limits.nextAddressMs, () => resolve('next')));
  }

  #identified(target: Target, device: DeviceId): void {
    target.device = device;
    target.failures = 0;
    target.lastError = undefined;
    target.sinceMs = this.#now();
  }

  #addressesOf({ configured, device }: Target): readonly string[] {
    if (configured !== undefined) return [configured];
    return device === undefined ? [] : this.#options.addressesOf(device);
  }

  #targetsOf(device: DeviceId): Target[] {
    return this.targets.filter((target) => target.device === device);
  }

  #isCurrent(target: Target): boolean {
    return this.targets.includes(target);
  }

  #isLinked({ device }: Target): boolean {
    return device !== undefined && this.#options.isLinked(device);
  }

  #stop(target: Target): void {
    target.cancel();
    target.cancel = () => {};
    target.state = 'idle';
  }

  #now(): number {
    return this.#options.clock.nowMs();
  }
}

/** Undefined as soon as one of them is, otherwise what the last one says. */
function firstOf(attempts: readonly Promise<string | undefined>[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const reached = attempts.map((attempt) =>
      attempt.then((error) => (error === undefined ? resolve(undefined) : error)),
    );
    void Promise.all(reached).then((errors) => resolve(errors.at(-1) ?? undefined));
  });
}
