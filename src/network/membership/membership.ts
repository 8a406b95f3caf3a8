import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import type { DeviceId } from '../../identity/ids.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import type { Random } from '../../platform/random.ts';
import { formatAddress, parseAddress, reachableAddresses } from '../address.ts';
import type { NetworkLimits } from '../limits.ts';
import type { PeerIdentity } from '../link.ts';
import type { LinkObserver } from '../links/link-table.ts';
import type { PeerLink } from '../links/peer-link.ts';
import type { Channel, RefusedPeers } from '../transport/transport.ts';
import { frameType } from '../wire/frame-type.ts';
import type { KnownPeer } from './known-peer.ts';
import { signRecord } from './peer-record.ts';
import { NetworkWatch } from './network-watch.ts';
import { Pursuit } from './pursuit.ts';
import { RecordBook } from './record-book.ts';
import { decodeRecords, encodeRecords } from './records-message.ts';

/** Where peer records survive a restart. Called from the main thread; `save` may write later but in order. */
export interface RecordStore {
  load(): readonly Uint8Array[];
  save(records: readonly Uint8Array[]): void;
}

export interface MembershipOptions {
  readonly device: DeviceId;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  readonly authorityPem: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly limits: NetworkLimits;
  readonly records: RecordStore;
  /** What to tell others in place of the addresses of this machine, for example what a router forwards. */
  readonly advertise: readonly string[];
  linkOf(device: DeviceId): PeerLink | undefined;
  links(): readonly PeerLink[];
  /** Has those links closed whose peers no longer answer. */
  probeLinks(): void;
  dial(address: string): Promise<PeerIdentity>;
}

/** Knows the peers of the network, tells them of each other, and keeps links with them. */
export class Membership implements LinkObserver {
  readonly #options: MembershipOptions;
  readonly #book: RecordBook;
  readonly #pursuit: Pursuit;
  readonly #watch: NetworkWatch;
  readonly #certificateDer: Buffer;
  readonly #expiresAtMs: number;
  readonly #privateKey: KeyObject;
  #listening: readonly string[] = [];
  #addresses: readonly string[] = [];
  #ownRecord: Buffer = Buffer.alloc(0);
  #sequence = 0;
  /** Records that peers sent and that are still to be checked. */
  #unchecked: { readonly link: PeerLink; readonly bytes: Buffer }[] = [];
  #cancelSave: (() => void) | undefined;
  #cancelUpkeep: () => void = () => {};
  #stopped = false;

  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#book = new RecordBook(new X509Certificate(options.authorityPem));
    this.#watch = new NetworkWatch(options.clock);
    const certificate = new X509Certificate(options.certificatePem);
    this.#certificateDer = certificate.raw;
    this.#expiresAtMs = certificate.validToDate.getTime();
    this.#privateKey = createPrivateKey(options.privateKeyPem);
    // For a peer that dials before we know where we listen; it is told as soon as we do.
    this.#signOwnRecord();
    this.#pursuit = new Pursuit({
      device: options.device,
      clock: options.clock,
      random: options.random,
      limits: options.limits,
      isLinked: (device) => options.linkOf(device) !== undefined,
      linkCount: () => options.links().length,
      addressesOf: (device) => this.#book.get(device)?.addresses ?? [],
      dial: (address) => options.dial(address),
    });
  }

  /** Remembers the peers of earlier runs and begins to look for them. */
  start(listening: readonly string[], connect: readonly string[]): void {
    this.#listening = listening;
    for (const bytes of this.#options.records.load()) {
      const addition = this.#book.add(Buffer.from(bytes), this.#options.clock.nowMs());
      if (addition.kind !== 'new') continue;
      const { device } = addition.record.certificate;
      if (device === this.#options.device) this.#sequence = addition.record.sequence;
      else this.#pursuit.addPeer(device);
    }
    this.#renewOwnRecord();
    // Nobody waits for us after a start, so courtesy would only cost time.
    this.#pursuit.pursueAtOnce();
    for (const address of connect) this.#pursuit.addConfigured(address);
    this.#upkeepLater();
  }

  connect(address: string): void {
    this.#pursuit.addConfigured(address);
  }

  setRefused(refused: RefusedPeers): void {
    this.#book.setRefused(refused);
    this.#prune();
  }

  stop(): void {
    this.#stopped = true;
    this.#pursuit.stop();
    this.#cancelUpkeep();
    this.#unchecked = [];
    if (this.#cancelSave === undefined) return;
    this.#cancelSave();
    this.#save();
  }

  knownPeers(): readonly KnownPeer[] {
    const known = new Set(this.#book.records.map(({ certificate }) => certificate.device));
    // An address whose peer is known by its record is shown with it.
    return this.#pursuit.targets
      .filter(
        ({ configured, device }) =>
          configured === undefined || !(device !== undefined && known.has(device)),
      )
      .map(({ configured, device, state, lastError, sinceMs }) => {
        const link = device === undefined ? undefined : this.#options.linkOf(device);
        const record = device === undefined ? undefined : this.#book.get(device);
        const identity = link?.peer ?? record?.certificate;
        return {
          device: device ?? null,
          user: identity?.user ?? null,
          uid: identity?.uid ?? null,
          addresses: configured === undefined ? (record?.addresses ?? []) : [configured],
          state: link !== undefined ? 'connected' : state === 'dialling' ? 'connecting' : state,
          lastError: link === undefined ? (lastError ?? null) : null,
          sinceMs,
          roundTripMs: link?.roundTripMs ?? null,
        };
      });
  }

  ownRecord(): Buffer {
    return this.#ownRecord;
  }

  bulkAddresses(channel: Channel, record: Buffer): readonly string[] {
    this.#add(record, undefined);
    const told = this.#book.get(channel.peer.device)?.addresses ?? [];
    if (channel.dialled) return [...new Set([channel.remoteAddress, ...told])];
    // Where the peer came from leads back to it more surely than what it believes about itself.
    const host = parseAddress(channel.remoteAddress)?.host;
    const ports = told.flatMap((text) => parseAddress(text)?.port ?? []);
    const seen = host === undefined ? [] : ports.map((port) => formatAddress({ host, port }));
    return [...new Set([...seen, ...told])];
  }

  opened(link: PeerLink): void {
    const { device } = link.peer;
    if (this.#book.get(device) !== undefined) this.#pursuit.addPeer(device);
    this.#pursuit.linked(device);
    const others = this.#book.records.filter(({ certificate }) => certificate.device !== device);
    for (const body of encodeRecords(others.map(({ bytes }) => bytes))) {
      link.channel.send(frameType.records, 0, body);
    }
  }

  closed(link: PeerLink, reason: string): void {
    this.#unchecked = this.#unchecked.filter((unchecked) => unchecked.link !== link);
    if (!this.#stopped) this.#pursuit.unlinked(link.peer.device, reason);
  }

  records(link: PeerLink, body: Buffer): void {
    const records = decodeRecords(body);
    if (records === undefined) return link.close('malformed: peer records that cannot be read');
    const idle = this.#unchecked.length === 0;
    if (this.#unchecked.length + records.length > maximumUnchecked) {
      return link.close('too many peer records at once');
    }
    this.#unchecked.push(...records.map((bytes) => ({ link, bytes })));
    if (idle && records.length > 0) setImmediate(() => this.#checkSome());
    return undefined;
  }

  // A signature takes a fraction of a millisecond, and the thread that answers the kernel must not be held up by a thousand.
  #checkSome(): void {
    for (const { link, bytes } of this.#unchecked.splice(0, checkedPerTurn)) this.#add(bytes, link);
    if (this.#unchecked.length > 0) setImmediate(() => this.#checkSome());
  }

  #add(bytes: Buffer, from: PeerLink | undefined): void {
    const addition = this.#book.add(bytes, this.#options.clock.nowMs());
    if (addition.kind === 'refused') {
      const fields = { reason: addition.reason, from: from?.peer.device };
      return this.#options.logger.debug(fields, 'ignored a peer record');
    }
    if (addition.kind === 'known') return undefined;
    const { device } = addition.record.certificate;
    if (device === this.#options.device) return this.#outdo(addition.record.sequence);
    this.#saveLater();
    this.#tell(addition.record.bytes, from);
    return this.#pursuit.addPeer(device);
  }

  // A record of ours from an earlier life, for example before the store was lost: ours must be the newer one.
  #outdo(sequence: number): void {
    if (sequence < this.#sequence) return;
    this.#sequence = sequence;
    this.#renewOwnRecord();
  }

  #signOwnRecord(): void {
    const { clock, advertise } = this.#options;
    this.#addresses = advertise.length > 0 ? advertise : reachableAddresses(this.#listening);
    this.#sequence = Math.max(this.#sequence + 1, clock.nowMs());
    const record = { sequence: this.#sequence, addresses: this.#addresses, capabilities: [] };
    this.#ownRecord = signRecord(record, this.#certificateDer, this.#privateKey);
  }

  #renewOwnRecord(): void {
    const { clock, device } = this.#options;
    this.#signOwnRecord();
    const addition = this.#book.add(this.#ownRecord, clock.nowMs());
    if (addition.kind === 'refused') {
      const { reason } = addition;
      this.#options.logger.warn({ device, reason }, 'this peer cannot tell others where it is');
    }
    this.#saveLater();
    this.#tell(this.#ownRecord, undefined);
  }

  #tell(record: Buffer, except: PeerLink | undefined): void {
    const [body] = encodeRecords([record]);
    for (const link of this.#options.links()) {
      if (link !== except && body !== undefined) link.channel.send(frameType.records, 0, body);
    }
  }

  #upkeepLater(): void {
    this.#cancelUpkeep = this.#options.clock.after(upkeepMs, () => {
      this.#prune();
      if (this.#watch.mayHaveChanged(upkeepMs)) this.#networkChanged();
      this.#upkeepLater();
    });
  }

  /** What was out of reach may not be any more, and what was in reach may be gone without having said so. */
  #networkChanged(): void {
    this.#options.logger.info({}, 'the network may have changed: looking for peers anew');
    const addresses = reachableAddresses(this.#listening);
    const isElsewhere = addresses.join() !== this.#addresses.join();
    if (this.#options.advertise.length === 0 && isElsewhere) this.#renewOwnRecord();
    this.#options.probeLinks();
    this.#pursuit.retryAll();
  }

  #prune(): void {
    // By a clock that is years ahead every certificate has expired, and this peer would forget whom it could ask for the time.
    if (this.#options.clock.nowMs() > this.#expiresAtMs) return;
    const gone = this.#book.prune(this.#options.clock.nowMs());
    gone.forEach((device) => this.#pursuit.forget(device));
    if (gone.length > 0) this.#saveLater();
  }

  #saveLater(): void {
    this.#cancelSave ??= this.#options.clock.after(saveDelayMs, () => this.#save());
  }

  #save(): void {
    this.#cancelSave = undefined;
    this.#options.records.save(this.#book.records.map(({ bytes }) => bytes));
  }
}

/** Records checked before the event loop gets its turn: about 3 ms. */
const checkedPerTurn = 8;

/** Records that wait to be checked. Two peers may each send all that there are. */
const maximumUnchecked = 8192;

/** Gathers the records that come in a flood after connecting into one write. */
const saveDelayMs = 1000;

/** How often to look whether the network changed: whoever opens his laptop should not have to wait. */
const upkeepMs = 2_000;
