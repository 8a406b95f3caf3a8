import type { LockEnvelope } from './messages/lock-envelope.ts';

/** Of one sender: much more than anybody says before his view is known here. */
const maximumEnvelopes = 16_384;

/**
 * What was said in views that this peer does not have yet, by sender. A sender never goes back to a view, so only the newest of each is
 * worth keeping.
 */
export class HeldBack {
  readonly #bySender = new Map<number, LockEnvelope[]>();

  /** False when the sender says too much. */
  add(envelope: LockEnvelope): boolean {
    const before = this.#bySender.get(envelope.from) ?? [];
    const kept = before[0]?.view === envelope.view ? before : [];
    if (kept.length >= maximumEnvelopes) return false;
    kept.push(envelope);
    this.#bySender.set(envelope.from, kept);
    return true;
  }

  /** What was said in this view, each sender's in order. */
  take(view: string): LockEnvelope[] {
    const taken: LockEnvelope[] = [];
    for (const [from, envelopes] of this.#bySender) {
      if (envelopes[0]?.view !== view) continue;
      this.#bySender.delete(from);
      taken.push(...envelopes);
    }
    return taken;
  }

  forget(sender: number): void {
    this.#bySender.delete(sender);
  }
}
