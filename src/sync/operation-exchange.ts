import type { DeviceId } from '../identity/ids.ts';
import type { BatchId, Frontier } from '../metadata/replica.ts';
import { covers, isNext, join } from './frontier.ts';
import type { Announcement } from './messages/announcement.ts';

// How operations spread: whoever makes a batch pushes it to all whom it reaches; whoever receives one passes it on at once only to
// those who are not connected to its author, and otherwise says in its next announcement what it has. Whoever hears of something
// that it lacks asks. Each function is pure: it takes what is known of the peers and returns what to do.

/** What we know of one connected peer. */
export interface PeerView {
  /** What it has, or will have once what was sent has arrived. */
  readonly known: Frontier;
  readonly connectedTo: ReadonlySet<DeviceId>;
  /** What it last said that it has; undefined until its first announcement. */
  readonly announced: Frontier | undefined;
  /** Our question what we lack is not fully answered yet. */
  readonly asked: boolean;
  /** Devices whose batches it would refuse from us. */
  readonly declines: ReadonlySet<DeviceId>;
  /** Devices whose batches we would refuse from it. */
  readonly declined: ReadonlySet<DeviceId>;
}

export type ExchangeAction =
  /** Tell the peer what we have; with `wants` it answers with what we lack. */
  | { readonly kind: 'announce'; readonly to: DeviceId; readonly wants: boolean }
  /** Send the peer what it lacks, one message of bounded size. */
  | { readonly kind: 'send-missing'; readonly to: DeviceId }
  /** Send the peer this one batch. */
  | { readonly kind: 'push'; readonly to: DeviceId; readonly batch: BatchId };

export const unknownPeer: PeerView = {
  known: new Map(),
  connectedTo: new Set(),
  announced: undefined,
  asked: false,
  declines: new Set(),
  declined: new Set(),
};

/** The view after an announcement. What was sent and is still on its way is announced later, so knowledge only grows. */
export function viewAfterAnnouncement(view: PeerView, announcement: Announcement): PeerView {
  return {
    ...view,
    // A peer that wants what it lacks says exactly what it has: what we thought that it had may have been lost.
    known: announcement.wants
      ? new Map(announcement.frontier)
      : join(view.known, announcement.frontier),
    connectedTo: new Set(announcement.connectedTo),
    announced: announcement.frontier,
  };
}

export function viewAfterSending(view: PeerView, batches: readonly BatchId[]): PeerView {
  const sent = new Map<DeviceId, number>();
  for (const { device, sequence } of batches) sent.set(device, sequence);
  return { ...view, known: join(view.known, sent) };
}

/** An announcement that wants is always answered, be it with nothing, so that the asker knows when it has everything. */
export function answerAnnouncement(from: DeviceId, announcement: Announcement): ExchangeAction[] {
  return announcement.wants ? [{ kind: 'send-missing', to: from }] : [];
}

/** Asks a peer for what it has and we lack, unless it is answering already. */
export function askForMissing(own: Frontier, peer: DeviceId, view: PeerView): ExchangeAction[] {
  if (view.asked || !view.announced) return [];
  if (covers(own, view.announced, view.declined)) return [];
  return [{ kind: 'announce', to: peer, wants: true }];
}

/** To whom a batch that became part of our log is passed on at once. */
export function spreadBatch(
  self: DeviceId,
  batch: BatchId,
  viewsByPeer: ReadonlyMap<DeviceId, PeerView>,
): ExchangeAction[] {
  const actions: ExchangeAction[] = [];
  for (const [peer, view] of viewsByPeer) {
    if (shouldPush(self, batch, peer, view)) actions.push({ kind: 'push', to: peer, batch });
  }
  return actions;
}

function shouldPush(self: DeviceId, batch: BatchId, peer: DeviceId, view: PeerView): boolean {
  if (!view.announced || peer === batch.device || view.declines.has(batch.device)) return false;
  // A peer further behind is being sent what it lacks, and this batch with it.
  if (!isNext(view.known, batch)) return false;
  return batch.device === self || !view.connectedTo.has(batch.device);
}
