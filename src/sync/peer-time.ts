import type { DeviceId } from '../identity/ids.ts';
import type { StampTime } from '../metadata/stamp-time.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { durationForPeople } from '../util/duration-for-people.ts';
import { agrees, judgeClock, type ClockVerdict, type ClockVote } from './clock-verdict.ts';

// What time it is, by this machine's clock and by those of the connected peers. Times are kept against the machine's uptime, which no
// setting of a clock moves: so a clock that jumps while nobody is in reach is still held against what peers said before.

export interface ClockReading {
  readonly device: DeviceId;
  readonly user: string;
  /** The peer's clock less this machine's uptime. */
  readonly overUptimeMs: number;
}

/** What was last agreed about the time. */
export interface AgreedTime {
  readonly overUptimeMs: number;
  /** By more than half of those who were asked; otherwise it is only the earlier one of several times. */
  readonly firm: boolean;
}

/** What is worth keeping over a restart. What was agreed means something only as long as the machine runs. */
export interface PeerTimeMemory {
  readonly bootId: string;
  readonly agreed: AgreedTime | null;
  /** When this machine's clock last agreed with the peers': it is later than that. */
  readonly confirmedMs: number;
}

export interface PeerTimeStore {
  load(): PeerTimeMemory | undefined;
  save(memory: PeerTimeMemory): void;
}

export interface PeerTimeOptions {
  readonly self: { readonly device: DeviceId; readonly user: string };
  readonly clock: Clock;
  readonly uptimeMs: () => number;
  readonly bootId: string;
  readonly store: PeerTimeStore;
  readonly logger: Logger;
  /** It cannot be earlier: somebody who is trusted, the authority, said so when this device's certificate was made. */
  readonly notBeforeMs: number;
}

/** What status shows. `aheadMs` is held against what was agreed before while nobody is connected. */
export interface ClockState {
  /** This machine's clock less the median of its peers'; null when none was ever asked. Positive: it is ahead. */
  readonly aheadMs: number | null;
  /** What is added to this machine's clock for the stamps of new operations. */
  readonly correctionMs: number;
  readonly peers: readonly { device: DeviceId; user: string; aheadMs: number }[];
}

/** How often to look whether somebody set the clock. What is stamped looks by itself. */
const watchMs = 10_000;

/** Of the machine's uptime, as Linux tells it. */
const uptimeResolutionMs = 10;

/** A step of the clock that is worth looking at. */
const jumpMs = 1_000;

export class PeerTime implements StampTime {
  readonly #options: PeerTimeOptions;
  readonly #readings = new Map<DeviceId, ClockReading>();
  readonly #changeListeners: ((wasSet: boolean) => void)[] = [];
  #agreed: AgreedTime | null;
  #confirmedOverUptimeMs: number;
  readonly #notBeforeOverUptimeMs: number;
  /** Wall clock less monotonic clock when the rest was worked out. */
  #stepMs = NaN;
  #verdict: ClockVerdict = { peersOffsetMs: null, isMajority: false, majorityOffsetMs: 0 };
  #stampCorrectionMs = 0;
  #earliestStampOverMonotonicMs = 0;
  #earliestPresentOverMonotonicMs = 0;
  #told = '';
  #cancelWatch: () => void = () => {};

  constructor(options: PeerTimeOptions) {
    this.#options = options;
    const memory = options.store.load();
    this.#agreed = memory?.bootId === options.bootId ? memory.agreed : null;
    const uptimeMs = options.uptimeMs();
    this.#confirmedOverUptimeMs = (memory?.confirmedMs ?? 0) - uptimeMs;
    this.#notBeforeOverUptimeMs = options.notBeforeMs - uptimeMs;
    this.#workOut();
    this.#watchLater();
  }

  stampMs(): number {
    const [wallMs, monotonicMs] = this.#look();
    const correctedMs = wallMs + this.#stampCorrectionMs;
    return Math.max(correctedMs, this.#earliestStampOverMonotonicMs + monotonicMs);
  }

  presentMs(): number {
    const [wallMs, monotonicMs] = this.#look();
    const correctedMs = wallMs + this.#verdict.majorityOffsetMs;
    return Math.max(correctedMs, this.#earliestPresentOverMonotonicMs + monotonicMs);
  }

  /** A peer said what its clock shows now. */
  hear(device: DeviceId, user: string, peerMs: number): void {
    const overUptimeMs = peerMs - this.#options.uptimeMs();
    this.#readings.set(device, { device, user, overUptimeMs });
    this.#workOut();
    this.#save();
  }

  /** A peer is not connected any more: somebody may be setting its clock. */
  forget(device: DeviceId): void {
    if (this.#readings.delete(device)) this.#workOut();
  }

  /** After this machine's clock was set, or its peers said something about it. */
  onChange(listener: (wasSet: boolean) => void): void {
    this.#changeListeners.push(listener);
  }

  state(): ClockState {
    this.#look();
    const overUptimeMs = this.#ownOverUptimeMs();
    const { peersOffsetMs } = this.#verdict;
    return {
      aheadMs: peersOffsetMs === null ? null : -peersOffsetMs,
      correctionMs: this.#stampCorrectionMs,
      peers: [...this.#readings.values()].map((reading) => ({
        device: reading.device,
        user: reading.user,
        aheadMs: reading.overUptimeMs - overUptimeMs,
      })),
    };
  }

  stop(): void {
    this.#cancelWatch();
  }

  /** The clocks of this machine, after having noticed if somebody set one. */
  #look(): [number, number] {
    const { clock } = this.#options;
    const [wallMs, monotonicMs] = [clock.nowMs(), clock.monotonicMs()];
    if (!(Math.abs(wallMs - monotonicMs - this.#stepMs) <= jumpMs)) this.#workOut();
    return [wallMs, monotonicMs];
  }

  #workOut(): void {
    const { clock, uptimeMs } = this.#options;
    const stepMs = clock.nowMs() - clock.monotonicMs();
    const wasSet = Math.abs(stepMs - this.#stepMs) > jumpMs;
    this.#stepMs = stepMs;
    const ownMs = this.#ownOverUptimeMs();
    const agreed = this.#agreed && { ...this.#agreed, offsetMs: this.#agreed.overUptimeMs - ownMs };
    this.#verdict = judgeClock(this.#votes(ownMs), agreed);
    this.#stampCorrectionMs = stampCorrection(this.#verdict);
    this.#remember(ownMs);
    // Rounded up by its resolution it would put every stamp into the future, and times of files with them.
    const overMonotonicMs = uptimeMs() - uptimeResolutionMs - clock.monotonicMs();
    this.#earliestStampOverMonotonicMs = this.#confirmedOverUptimeMs + overMonotonicMs;
    this.#earliestPresentOverMonotonicMs =
      Math.max(this.#confirmedOverUptimeMs, this.#notBeforeOverUptimeMs) + overMonotonicMs;
    this.#tell();
    for (const listener of this.#changeListeners) listener(wasSet);
  }

  #votes(ownMs: number): ClockVote[] {
    return [...this.#readings.values()].map(({ device, user, overUptimeMs }) => ({
      // The devices of this peer's own user can be believed one by one.
      voter: user === this.#options.self.user ? `device ${device}` : user,
      offsetMs: overUptimeMs - ownMs,
    }));
  }

  /** Only while somebody is there who can say something about it. */
  #remember(ownMs: number): void {
    if (this.#readings.size === 0) return;
    const { isMajority, majorityOffsetMs, peersOffsetMs } = this.#verdict;
    if (isMajority) {
      this.#confirmedOverUptimeMs = ownMs + majorityOffsetMs;
      this.#agreed = { overUptimeMs: this.#confirmedOverUptimeMs, firm: true };
    } else if (!this.#agreed?.firm) {
      const overUptimeMs = ownMs + Math.min(0, peersOffsetMs ?? 0);
      this.#agreed = { overUptimeMs, firm: false };
    }
  }

  #ownOverUptimeMs(): number {
    return this.#options.clock.nowMs() - this.#options.uptimeMs();
  }

  /** Once for each change that a person would notice. */
  #tell(): void {
    const aheadMs = -(this.#verdict.peersOffsetMs ?? 0);
    const said = agrees(aheadMs) ? '' : clockSentence(aheadMs, this.#readings.size);
    if (said === this.#told) return;
    this.#told = said;
    const { logger } = this.#options;
    if (said !== '') logger.warn({ aheadMs }, said);
    else logger.info({}, "this machine's clock agrees with its peers' again");
  }

  #save(): void {
    const { bootId, store, uptimeMs } = this.#options;
    const confirmedMs = Math.max(0, this.#confirmedOverUptimeMs + uptimeMs());
    store.save({ bootId, confirmedMs, agreed: this.#agreed });
  }

  #watchLater(): void {
    this.#cancelWatch = this.#options.clock.after(watchMs, () => {
      this.#look();
      this.#watchLater();
    });
  }
}

/**
 * A machine that is behind follows only a majority: stamps that are too late cannot be taken back, and one bad peer must not be able
 * to make another stamp the future. One that is ahead of its peers believes them: stamps that are too early harm nobody.
 */
function stampCorrection({ peersOffsetMs, majorityOffsetMs }: ClockVerdict): number {
  if (majorityOffsetMs !== 0) return majorityOffsetMs;
  return peersOffsetMs === null || peersOffsetMs >= 0 || agrees(peersOffsetMs) ? 0 : peersOffsetMs;
}

/** What to tell the person at this machine. */
export function clockSentence(aheadMs: number, peers: number): string {
  const difference = `${durationForPeople(aheadMs)} ${aheadMs > 0 ? 'ahead of' : 'behind'}`;
  return peers === 1
    ? `this machine's clock is ${difference} its peer's: set the one that is wrong`
    : `this machine's clock is ${difference} its peers': set it`;
}
