import type { LockEnvelope } from './messages/lock-envelope.ts';

/** Of one sender: much more than anybody says before his view is known here. */
const maximumBytes = 16 * 1024 * 1024;

/** What an envelope takes besides its payload, roughly. */
const overheadBytes = 512;

interface Kept {
  readonly view: string;
  readonly envelopes: LockEnvelope[];
  bytes: number;
}

/**
 * What was said in views that this peer does not have yet, by sender. A sender never goes back to a view, so only the newest of each is
 * worth keeping.
 */
export class HeldBack {
  readonly #bySender = new Map<number, Kept>();

  /** False when the sender says too much. */
  add(envelope: LockEnvelope): boolean {
    const { from, view, payload } = envelope;
    const before = this.#bySender.get(from);
    const kept = before?.view === view ? before : { view, envelopes: [], bytes: 0 };
    kept.bytes += payload.length + overheadBytes;
    if (kept.bytes > maximumBytes) return false;
    kept.envelopes.push(envelope);
    this.#bySender.set(from, kept);
    return true;
  }

  /** What was said in this view, each sender's in order. */
  take(view: string): LockEnvelope[] {
    const taken: LockEnvelope[] = [];
    for (const [from, kept] of this.#bySender) {
      if (kept.view !== view) continue;
      this.#bySender.delete(from);
      taken.push(...kept.envelopes);
    }
    return taken;
  }
}
