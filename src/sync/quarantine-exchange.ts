import type { DeviceId } from '../identity/ids.ts';
import type { Evidence, Quarantined } from '../metadata/evidence/evidence.ts';
import type { BatchSource } from '../metadata/replica.ts';
import type { Link } from '../network/link.ts';
import { decodeEvidence, encodeEvidence } from './messages/evidence-message.ts';
import { messageType } from './messages/message-type.ts';
import { decodeQuarantine, encodeQuarantine, type Quarantine } from './messages/quarantine.ts';

// Who signed two histories is told to everybody, with the proof; and nobody is sent again and again what he refused.

/** Batches that cannot even be read, after which a link is closed: whoever passes them on did not check them himself. */
const maximumUnreadable = 8;

interface Told {
  /** What the peer said last. */
  peer: Quarantine;
  /** Devices of which it sent batches that were refused. */
  readonly declined: Set<DeviceId>;
  unreadable: number;
}

export class QuarantineExchange {
  readonly #self: DeviceId;
  readonly #evidence: Evidence;
  readonly #changed: (link: Link) => void;
  readonly #links = new Map<Link, Told>();

  /** `changed` is called when other things may be sent over a link than before. */
  constructor(self: DeviceId, evidence: Evidence, changed: (link: Link) => void) {
    this.#self = self;
    this.#evidence = evidence;
    this.#changed = changed;
    evidence.onQuarantine((quarantined) => this.#spread(quarantined));
  }

  opened(link: Link): void {
    const peer: Quarantine = { quarantined: [], declined: [] };
    this.#links.set(link, { peer, declined: new Set(), unreadable: 0 });
    this.#tell(link);
  }

  closed(link: Link): void {
    this.#links.delete(link);
  }

  /** Batches of these are not to be sent: the peer would refuse them. */
  declinedBy(link: Link): ReadonlySet<DeviceId> {
    const { peer } = this.#links.get(link) ?? {};
    if (!peer) return new Set();
    const untilWeAgree = peer.quarantined.filter((device) => !this.#takesOnlyFromOthers(device));
    return new Set([...peer.declined, ...untilWeAgree]);
  }

  /** Batches of these are not to be asked for. */
  declinedFrom(link: Link): ReadonlySet<DeviceId> {
    const told = this.#links.get(link);
    const quarantined = this.#evidence.quarantined.map(({ device }) => device);
    const isVouchedFor = (device: DeviceId) =>
      device !== link.peer.device && told?.peer.quarantined.includes(device);
    return new Set([
      ...(told?.declined ?? []),
      ...quarantined.filter((device) => !isVouchedFor(device)),
    ]);
  }

  sourceOf(link: Link): BatchSource {
    const quarantined = new Set(this.#links.get(link)?.peer.quarantined);
    return { device: link.peer.device, quarantined };
  }

  /** A batch from this link was refused for good. `device` is null when it cannot be read. */
  refused(link: Link, device: DeviceId | null): void {
    const told = this.#links.get(link);
    if (!told) return;
    if (device !== null) {
      if (told.declined.has(device)) return;
      told.declined.add(device);
      this.#tell(link);
      this.#changed(link);
      return;
    }
    told.unreadable += 1;
    if (told.unreadable >= maximumUnreadable) link.close('it sent batches that cannot be read');
  }

  takeQuarantine(link: Link, body: Buffer): void {
    const told = this.#links.get(link);
    if (!told) return;
    told.peer = decodeQuarantine(body);
    for (const { device, proof } of this.#evidence.quarantined) {
      if (told.peer.quarantined.includes(device)) continue;
      link.send(messageType.evidence, encodeEvidence(proof));
    }
    this.#changed(link);
  }

  takeEvidence(link: Link, body: Buffer): void {
    const proof = decodeEvidence(body);
    const from = link.peer.device;
    if (this.#evidence.accuse(proof, from)) return;
    this.#evidence.note({
      ...{ kind: 'false-proof', device: null, from },
      reason: 'it sent a proof that proves nothing',
      batches: [proof.first.bytes, proof.second.bytes],
    });
  }

  #takesOnlyFromOthers(device: DeviceId): boolean {
    return device !== this.#self && this.#evidence.isQuarantined(device);
  }

  #spread({ device, proof }: Quarantined): void {
    for (const [link, { peer }] of this.#links) {
      if (!peer.quarantined.includes(device)) {
        link.send(messageType.evidence, encodeEvidence(proof));
      }
      this.#tell(link);
      this.#changed(link);
    }
  }

  #tell(link: Link): void {
    const quarantined = this.#evidence.quarantined.map(({ device }) => device);
    const declined = [...(this.#links.get(link)?.declined ?? [])];
    link.send(messageType.quarantine, encodeQuarantine({ quarantined, declined }));
  }
}
