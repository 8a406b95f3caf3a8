import type { Clock } from '../../platform/clock.ts';

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/** A token bucket for each key. */
export class RateLimit {
  readonly #burst: number;
  readonly #refillMs: number;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: { readonly burst: number; readonly refillMs: number }, clock: Clock) {
    this.#burst = rate.burst;
    this.#refillMs = rate.refillMs;
    this.#clock = clock;
  }

  /** False when the key has used up its share for now. */
  admits(key: string): boolean {
    const nowMs = this.#clock.monotonicMs();
    this.#forgetFull(nowMs);
    const bucket = this.#buckets.get(key) ?? { tokens: this.#burst, filledAtMs: nowMs };
    const tokens = this.#tokensAt(bucket, nowMs);
    const admitted = tokens >= 1;
    this.#buckets.set(key, { tokens: admitted ? tokens - 1 : tokens, filledAtMs: nowMs });
    return admitted;
  }

  #tokensAt({ tokens, filledAtMs }: Bucket, nowMs: number): number {
    return Math.min(this.#burst, tokens + (nowMs - filledAtMs) / this.#refillMs);
  }

  // A full bucket says no more than none, so memory holds only those who asked lately.
  #forgetFull(nowMs: number): void {
    if (this.#buckets.size < maximumBuckets) return;
    for (const [key, bucket] of this.#buckets) {
      if (this.#tokensAt(bucket, nowMs) >= this.#burst) this.#buckets.delete(key);
    }
    // Everybody asked lately: better to forgive the oldest than to grow.
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size >= maximumBuckets && oldest !== undefined) this.#buckets.delete(oldest);
  }
}

const maximumBuckets = 10_000;
