import type { ContentStore } from '../content/content-store.ts';
import type { DeviceId } from '../identity/ids.ts';
import type { Evidence } from '../metadata/evidence/evidence.ts';
import type { AcceptOutcome, BatchId, Replica } from '../metadata/replica.ts';
import type { Checkpoints } from '../metadata/checkpoint/checkpoints.ts';
import type { CheckpointSharing } from '../metadata/checkpoint/sharing.ts';
import type { Link, LinkHandler, ServedChunk } from '../network/link.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { AcceptQueue } from './accept-queue.ts';
import { Acknowledgements, type AcknowledgementStore } from './acknowledgements.ts';
import { CheckpointExchange } from './checkpoint-exchange.ts';
import { ClockExchange } from './clock-exchange.ts';
import { beyond, covers } from './frontier.ts';
import { HistoryExchange } from './history-exchange.ts';
import { LinkSource } from './link-source.ts';
import type { LockExchange } from './lock-exchange.ts';
import { decodeAnnouncement, encodeAnnouncement } from './messages/announcement.ts';
import { type Batches, decodeBatches, encodeBatches } from './messages/batches.ts';
import { decodeBlockRequest } from './messages/block-request.ts';
import { MalformedMessage } from './messages/codec.ts';
import { messageType } from './messages/message-type.ts';
import {
  answerAnnouncement,
  askForMissing,
  type ExchangeAction,
  type PeerView,
  spreadBatch,
  unknownPeer,
  viewAfterAnnouncement,
  viewAfterSending,
} from './operation-exchange.ts';
import { PageExchange } from './page-exchange.ts';
import type { Presence } from './presence.ts';
import type { PeerTime } from './peer-time.ts';
import { QuarantineExchange } from './quarantine-exchange.ts';

export interface Checkpointing {
  readonly sharing: CheckpointSharing;
  readonly checkpoints: Checkpoints;
}

export interface SynchroniserOptions {
  readonly self: DeviceId;
  readonly replica: Replica;
  readonly content: ContentStore;
  readonly acknowledgements: AcknowledgementStore;
  /** Learns from the peers' clocks; absent where nobody doubts his clock. */
  readonly time?: PeerTime;
  /** Of the replica; absent where nobody forges anything. */
  readonly evidence?: Evidence;
  /** Of the replica; absent where nothing is ever folded. */
  readonly checkpoints?: Checkpointing;
  /** Grants locks; absent where nobody shares any. */
  readonly locks?: LockExchange;
  /** Told who is connected; absent where nobody asks. */
  readonly presence?: Presence;
  readonly clock: Clock;
  readonly logger: Logger;
}

// One message of catch-up: long enough to fill a link, short enough that merging it does not delay live operations.
const catchUpBytes = 512 * 1024;

// Announcements that only acknowledge are gathered: they cost a message per peer and nobody waits for them.
const announcementDelayMs = 50;

// A peer that does not take what it is sent catches up by asking once it does.
const maximumQueuedBytes = 8 * 1024 * 1024;

interface ConnectedPeer {
  readonly link: Link;
  readonly source: LinkSource;
  view: PeerView;
}

/** Carries out what the operation exchange decides, over the links that the network opens and closes. */
export class Synchroniser implements LinkHandler {
  readonly #self: DeviceId;
  readonly #replica: Replica;
  readonly #content: ContentStore;
  readonly #presence: Presence | undefined;
  readonly #locks: LockExchange | undefined;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #pages: PageExchange;
  readonly #acceptQueue: AcceptQueue;
  readonly #acknowledgements: Acknowledgements;
  readonly #clocks: ClockExchange | undefined;
  readonly #quarantine: QuarantineExchange | undefined;
  readonly #histories: HistoryExchange | undefined;
  readonly #checkpoints: CheckpointExchange | undefined;
  readonly #peersByDevice = new Map<DeviceId, ConnectedPeer>();
  #cancelAnnouncement: (() => void) | undefined;
  #closed = false;

  constructor(options: SynchroniserOptions) {
    this.#self = options.self;
    this.#replica = options.replica;
    this.#content = options.content;
    this.#presence = options.presence;
    this.#locks = options.locks;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#pages = new PageExchange(options.content);
    this.#acknowledgements = new Acknowledgements(options.self, options.acknowledgements);
    this.#clocks = options.time && new ClockExchange(options.clock, options.time);
    this.#quarantine =
      options.evidence &&
      new QuarantineExchange(options.self, options.evidence, (link) => this.#declines(link));
    this.#histories = options.evidence && new HistoryExchange(options.replica);
    this.#checkpoints = this.#exchangeCheckpoints(options.checkpoints);
    this.#acceptQueue = new AcceptQueue(options.replica, (error) =>
      this.#logger.error({ error }, 'operations of a peer could not be merged'),
    );
    this.#replica.onBatch((bytes, id) => this.#spread(bytes, id));
  }

  /** Operations made here that no other peer is known to have. */
  get pendingOperations(): number {
    const { sequence } = this.#acknowledgements;
    return this.#replica.unsealed + this.#replica.operationsAfter({ device: this.#self, sequence });
  }

  /** The last batch of this device that another peer is known to have. */
  get toldSequence(): number {
    return this.#acknowledgements.sequence;
  }

  /** Why no checkpoint is taken although one is needed, as a sentence. */
  get checkpointProblem(): string | undefined {
    return this.#checkpoints?.problem;
  }

  /** True when every connected peer has everything that is known here. */
  isSynced(): boolean {
    const own = this.#replica.frontier();
    // What a peer did itself it has, whether it has said so or not: nobody tells it.
    return [...this.#peersByDevice].every(([device, { view }]) =>
      covers(view.known, own, new Set([device, ...view.declines])),
    );
  }

  opened(link: Link): void {
    const source = new LinkSource(link, this.#pages);
    const peer = { link, source, view: unknownPeer };
    this.#peersByDevice.set(link.peer.device, peer);
    this.#content.addSource(source);
    this.#presence?.came(link.peer.device);
    // First of all: what follows is judged by the time that the clocks agree on.
    this.#clocks?.opened(link);
    this.#quarantine?.opened(link);
    this.#histories?.opened(link);
    this.#checkpoints?.opened(link);
    this.#declines(link);
    this.#announce(peer, true);
    this.#announceSoon();
    this.#locks?.opened(link);
  }

  closed(link: Link): void {
    const peer = this.#peersByDevice.get(link.peer.device);
    if (peer?.link !== link) return;
    this.#peersByDevice.delete(link.peer.device);
    this.#content.removeSource(peer.source.id);
    this.#presence?.went(link.peer.device);
    this.#pages.linkClosed(link);
    this.#clocks?.closed(link);
    this.#quarantine?.closed(link);
    this.#checkpoints?.closed(link);
    this.#announceSoon();
    this.#locks?.closed(link);
  }

  message(link: Link, type: number, body: Buffer): void {
    try {
      this.#take(link, type, body);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      this.#logger.warn({ peer: link.peer.device, reason: error.message }, 'malformed message');
      link.close(error.message);
    }
  }

  serve(link: Link, request: Buffer): readonly (ServedChunk | null)[] {
    try {
      return this.#content.offer(decodeBlockRequest(request));
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      link.close(error.message);
      return [];
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelAnnouncement?.();
    this.#clocks?.stop();
    this.#locks?.stop();
    await this.#acceptQueue.idle();
  }

  #take(link: Link, type: number, body: Buffer): void {
    switch (type) {
      case messageType.announcement:
        return this.#takeAnnouncement(link, body);
      case messageType.batches:
        return void this.#takeBatches(link, decodeBatches(body));
      case messageType.pageRequest:
        return this.#pages.answerRequest(link, body);
      case messageType.pageAnswer:
        return this.#pages.takeAnswer(link, body);
      case messageType.clock:
        return this.#clocks?.take(link, body);
      case messageType.quarantine:
        return this.#quarantine?.takeQuarantine(link, body);
      case messageType.evidence:
        return this.#quarantine?.takeEvidence(link, body);
      case messageType.logHeads:
        return this.#histories?.takeHeads(link, body);
      case messageType.checkpointOffer:
        return this.#checkpoints?.takeOffer(link, body);
      case messageType.checkpointRequest:
        return this.#checkpoints?.answerRequest(link, body);
      case messageType.checkpointPart:
        return this.#checkpoints?.takePart(link, body);
      case messageType.lockLinkState:
        return this.#locks?.takeLinkState(link, body);
      case messageType.lockEnvelope:
        return this.#locks?.takeEnvelope(link, body);
      default:
        // A newer peer may say more than we understand; what it says is not for us.
        return this.#logger.debug({ type, peer: link.peer.device }, 'unknown message');
    }
  }

  #takeAnnouncement(link: Link, body: Buffer): void {
    const announcement = decodeAnnouncement(body);
    const peer = this.#peersByDevice.get(link.peer.device);
    if (peer?.link !== link) return;
    peer.view = viewAfterAnnouncement(peer.view, announcement);
    this.#presence?.announced(link.peer.device, announcement.frontier);
    this.#acknowledgements.heard(announcement.frontier);
    this.#act(answerAnnouncement(link.peer.device, announcement));
    void this.#askForMissing(peer);
  }

  async #takeBatches(link: Link, { batches, part }: Batches): Promise<void> {
    const outcome = await this.#acceptQueue.accept(
      batches,
      this.#quarantine?.sourceOf(link),
      part === 'more',
    );
    this.#noteRefused(link, outcome);
    const peer = this.#peersByDevice.get(link.peer.device);
    if (this.#closed || peer?.link !== link) return;
    if (part === 'last') peer.view = { ...peer.view, asked: false };
    if (part === 'more' || (outcome.missing && !peer.view.asked)) this.#announce(peer, true);
    else this.#announceSoon();
  }

  #noteRefused(link: Link, { refused }: AcceptOutcome): void {
    for (const { id, reason } of refused) {
      this.#logger.info({ from: link.peer.device, id, reason }, 'a batch was refused');
      this.#quarantine?.refused(link, id?.device ?? null);
    }
  }

  /** Either side takes other things from the other than before. */
  #declines(link: Link): void {
    const peer = this.#peersByDevice.get(link.peer.device);
    if (peer?.link !== link || !this.#quarantine) return;
    const declines = this.#quarantine.declinedBy(link);
    const declined = this.#quarantine.declinedFrom(link);
    peer.view = { ...peer.view, declines, declined };
    void this.#askForMissing(peer);
  }

  /**
   * What the peer announced may be on its way into the tree: look only when that is done. Only an announcement leads here, so that
   * a batch which we refuse is not asked for again and again.
   */
  async #askForMissing(peer: ConnectedPeer): Promise<void> {
    await this.#acceptQueue.idle();
    if (this.#closed || this.#peersByDevice.get(peer.link.peer.device) !== peer) return;
    // What the peer does not have any more comes with its checkpoint.
    const declined = union(peer.view.declined, this.#checkpoints?.notFrom(peer.link));
    const view = { ...peer.view, declined };
    this.#act(askForMissing(this.#replica.frontier(), peer.link.peer.device, view));
  }

  #exchangeCheckpoints(checkpointing: Checkpointing | undefined): CheckpointExchange | undefined {
    if (!checkpointing) return undefined;
    const { sharing, checkpoints } = checkpointing;
    const exchange = new CheckpointExchange(sharing, this.#logger, () => {
      this.#announceSoon();
      for (const peer of this.#peersByDevice.values()) void this.#askForMissing(peer);
    });
    checkpoints.onChange(() => exchange.changed());
    return exchange;
  }

  #spread(bytes: Uint8Array, id: BatchId): void {
    const views = new Map([...this.#peersByDevice].map(([device, { view }]) => [device, view]));
    for (const { to } of spreadBatch(this.#self, id, views)) this.#push(to, bytes, id);
    if (id.device !== this.#self) this.#announceSoon();
  }

  #act(actions: readonly ExchangeAction[]): void {
    for (const action of actions) {
      const peer = this.#peersByDevice.get(action.to);
      if (!peer) continue;
      if (action.kind === 'announce') this.#announce(peer, action.wants);
      if (action.kind === 'send-missing') this.#sendMissing(peer);
    }
  }

  #push(to: DeviceId, bytes: Uint8Array, id: BatchId): void {
    const peer = this.#peersByDevice.get(to);
    if (!peer || peer.link.queuedBytes > maximumQueuedBytes) return;
    peer.link.send(messageType.batches, encodeBatches({ batches: [bytes], part: 'live' }));
    peer.view = viewAfterSending(peer.view, [id]);
  }

  #sendMissing(peer: ConnectedPeer): void {
    const declines = union(peer.view.declines, this.#checkpoints?.notFor(peer.view.known));
    const known = beyond(peer.view.known, declines);
    const missing = this.#replica.batchesSince(known, catchUpBytes);
    const ids = missing.map(({ id }) => id);
    peer.view = viewAfterSending(peer.view, ids);
    const part = covers(peer.view.known, this.#replica.frontier(), declines) ? 'last' : 'more';
    const batches = missing.map(({ bytes }) => bytes);
    peer.link.send(messageType.batches, encodeBatches({ batches, part }));
  }

  #announceSoon(): void {
    this.#cancelAnnouncement ??= this.#clock.after(announcementDelayMs, () => {
      this.#cancelAnnouncement = undefined;
      for (const peer of this.#peersByDevice.values()) this.#announce(peer, false);
    });
  }

  #announce(peer: ConnectedPeer, wants: boolean): void {
    if (wants) peer.view = { ...peer.view, asked: true };
    const announcement = {
      frontier: this.#replica.frontier(),
      connectedTo: [...this.#peersByDevice.keys()],
      wants,
    };
    peer.link.send(messageType.announcement, encodeAnnouncement(announcement));
  }
}

function union<T>(some: ReadonlySet<T>, more: readonly T[] = []): ReadonlySet<T> {
  return more.length === 0 ? some : new Set([...some, ...more]);
}
