import type { DeviceId } from '../identity/ids.ts';
import { maximumPartBytes } from '../metadata/checkpoint/limits.ts';
import type { PartialFile } from '../metadata/checkpoint/partial-file.ts';
import {
  type CheckpointOffer,
  type CheckpointSharing,
  damaged,
} from '../metadata/checkpoint/sharing.ts';
import type { Frontier } from '../metadata/replica.ts';
import type { Link } from '../network/link.ts';
import type { Logger } from '../platform/logger.ts';
import { decodeCheckpointOffer, encodeCheckpointOffer } from './messages/checkpoint-offer.ts';
import { decodeCheckpointPart, encodeCheckpointPart } from './messages/checkpoint-part.ts';
import { decodeCheckpointRequest, encodeCheckpointRequest } from './messages/checkpoint-request.ts';
import { messageType } from './messages/message-type.ts';

interface Fetch {
  readonly link: Link;
  readonly offer: CheckpointOffer;
  readonly file: PartialFile;
}

/**
 * Who lacks batches that others have folded away takes their checkpoint, piece by piece from one peer, and goes on with another where
 * that one stopped. It takes none as long as peers tell different ones for one threshold.
 */
export class CheckpointExchange {
  readonly #sharing: CheckpointSharing;
  readonly #logger: Logger;
  readonly #installed: () => void;
  readonly #links = new Set<Link>();
  readonly #offers = new Map<Link, CheckpointOffer>();
  /** What turned out not to be what it should be, as hex. */
  readonly #refused = new Map<string, string>();
  /** What they gave was damaged. */
  readonly #distrusted = new Set<Link>();
  #fetch: Fetch | undefined;
  #isInstalling = false;

  constructor(sharing: CheckpointSharing, logger: Logger, installed: () => void) {
    this.#sharing = sharing;
    this.#logger = logger;
    this.#installed = installed;
  }

  opened(link: Link): void {
    this.#links.add(link);
    this.#offerTo(link);
  }

  closed(link: Link): void {
    this.#links.delete(link);
    this.#offers.delete(link);
    this.#distrusted.delete(link);
    if (this.#fetch?.link === link) this.#giveUp();
    this.look();
  }

  /** What is held, wanted or lacking here is something else now. */
  changed(): void {
    for (const link of this.#links) this.#offerTo(link);
    this.look();
  }

  /** Why no checkpoint is taken although one is needed, as a sentence. */
  get problem(): string | undefined {
    const needed = this.#needed();
    if (contradicting(needed)) {
      return 'peers offer different checkpoints for one time: run peerfuse check on them';
    }
    const refused = needed.map(([link, { hash }]) =>
      this.#distrusted.has(link) ? damaged : this.#refused.get(hash.toString('hex')),
    );
    const reason = refused.find((each) => each !== undefined);
    return reason && `a checkpoint of a peer was refused: ${reason}`;
  }

  takeOffer(link: Link, body: Buffer): void {
    this.#offers.set(link, decodeCheckpointOffer(body));
    this.look();
  }

  answerRequest(link: Link, body: Buffer): void {
    const { threshold, hash, offset } = decodeCheckpointRequest(body);
    const piece = this.#sharing.part(threshold, hash, offset, maximumPartBytes) ?? null;
    const part = { threshold, offset, piece };
    link.send(messageType.checkpointPart, encodeCheckpointPart(part));
  }

  takePart(link: Link, body: Buffer): void {
    const { threshold, offset, piece } = decodeCheckpointPart(body);
    const fetch = this.#fetch;
    if (fetch?.link !== link || fetch.offer.threshold !== threshold) return;
    if (fetch.file.length !== offset) return;
    const isTooLong = piece !== null && offset + piece.length > fetch.offer.bytes;
    if (piece === null || piece.length === 0 || isTooLong) {
      this.#offers.delete(link);
      this.#giveUp();
      return this.look();
    }
    fetch.file.append(piece);
    this.#askNext(fetch);
  }

  /** Devices of whose logs the peer at the other end cannot give what is lacking here. */
  notFrom(link: Link): readonly DeviceId[] {
    const offer = this.#offers.get(link);
    return offer ? this.#sharing.lacking(offer.cut) : [];
  }

  /** Devices of whose logs this peer cannot give what somebody lacks. */
  notFor(known: Frontier): DeviceId[] {
    return [...this.#sharing.cut()]
      .filter(([device, sequence]) => (known.get(device) ?? 0) < sequence)
      .map(([device]) => device);
  }

  /** Begins to fetch what is needed, if it is not done already. */
  look(): void {
    if (this.#fetch || this.#isInstalling) return;
    const needed = this.#needed();
    if (contradicting(needed)) {
      this.#logger.error({}, 'peers offer different checkpoints for one time');
      return;
    }
    const [newest] = needed
      .filter(([link]) => !this.#distrusted.has(link))
      .filter(([, { hash }]) => !this.#refused.has(hash.toString('hex')))
      .sort(([, a], [, b]) => b.threshold - a.threshold);
    if (!newest) return;
    const [link, offer] = newest;
    this.#fetch = { link, offer, file: this.#sharing.fetching(offer) };
    this.#askNext(this.#fetch);
  }

  #needed(): [Link, CheckpointOffer][] {
    return [...this.#offers].filter(([, offer]) => this.#sharing.isNeeded(offer));
  }

  #askNext(fetch: Fetch): void {
    const { link, offer, file } = fetch;
    const { threshold, hash } = offer;
    if (file.length >= offer.bytes) return void this.#install(fetch);
    const request = { threshold, hash, offset: file.length };
    link.send(messageType.checkpointRequest, encodeCheckpointRequest(request));
  }

  async #install({ link, offer, file }: Fetch): Promise<void> {
    this.#fetch = undefined;
    this.#isInstalling = true;
    try {
      await file.finish();
      const problem = await this.#sharing.install(offer);
      if (problem === damaged) this.#distrusted.add(link);
      if (problem !== undefined) this.#refuse(offer, file, problem);
    } catch (error) {
      this.#logger.error({ error }, 'a checkpoint could not be taken over');
    } finally {
      this.#isInstalling = false;
    }
    this.#installed();
    this.look();
  }

  #refuse({ threshold, hash }: CheckpointOffer, file: PartialFile, reason: string): void {
    file.remove();
    // The bytes of the next peer may be better.
    if (reason !== damaged) this.#refused.set(hash.toString('hex'), reason);
    this.#logger.error({ threshold, reason }, 'a checkpoint was refused');
  }

  #giveUp(): void {
    this.#fetch?.file.close();
    this.#fetch = undefined;
  }

  #offerTo(link: Link): void {
    const offer = this.#sharing.offer();
    if (offer) link.send(messageType.checkpointOffer, encodeCheckpointOffer(offer));
  }
}

function contradicting(offers: readonly (readonly [Link, CheckpointOffer])[]): boolean {
  return offers.some(([, one]) =>
    offers.some(([, other]) => one.threshold === other.threshold && !one.hash.equals(other.hash)),
  );
}
