import type { X509Certificate } from 'node:crypto';
import type { DeviceId } from '../../identity/ids.ts';
import type { RefusedPeers } from '../transport/transport.ts';
import { verifyRecord, type VerifiedRecord } from './peer-record.ts';

export type Addition =
  | { readonly kind: 'new'; readonly record: VerifiedRecord }
  | { readonly kind: 'known' }
  | { readonly kind: 'refused'; readonly reason: string };

/** Devices that are remembered. A network larger than this still works: the mesh is bounded anyhow. */
export const maximumRecords = 4096;

/** The newest valid record of each peer. */
export class RecordBook {
  readonly #authority: X509Certificate;
  readonly #records = new Map<DeviceId, VerifiedRecord>();
  /** The texts of known records, so that hearing one again costs no signature check. */
  readonly #known = new Map<string, DeviceId>();
  #refused: RefusedPeers = { devices: [], fingerprints: [] };

  constructor(authority: X509Certificate) {
    this.#authority = authority;
  }

  get records(): readonly VerifiedRecord[] {
    return [...this.#records.values()];
  }

  get(device: DeviceId): VerifiedRecord | undefined {
    return this.#records.get(device);
  }

  add(bytes: Buffer, nowMs: number): Addition {
    if (this.#known.has(bytes.toString('latin1'))) return { kind: 'known' };
    const record = verifyRecord(bytes, this.#authority, nowMs);
    if ('refused' in record) return { kind: 'refused', reason: record.refused };
    if (this.#isRefused(record)) return { kind: 'refused', reason: 'the certificate was revoked' };
    const { device } = record.certificate;
    const earlier = this.#records.get(device);
    if (earlier !== undefined && earlier.sequence >= record.sequence) return { kind: 'known' };
    if (earlier === undefined && this.#records.size >= maximumRecords) {
      return { kind: 'refused', reason: 'there are too many records' };
    }
    this.#remove(device);
    this.#records.set(device, record);
    this.#known.set(bytes.toString('latin1'), device);
    return { kind: 'new', record };
  }

  /** Forgets what may not be passed on any more, and returns whose. */
  prune(nowMs: number): DeviceId[] {
    const gone = this.records
      .filter((record) => record.certificate.notAfterMs < nowMs || this.#isRefused(record))
      .map(({ certificate }) => certificate.device);
    gone.forEach((device) => this.#remove(device));
    return gone;
  }

  setRefused(refused: RefusedPeers): void {
    this.#refused = refused;
  }

  #remove(device: DeviceId): void {
    const record = this.#records.get(device);
    if (record === undefined) return;
    this.#records.delete(device);
    this.#known.delete(record.bytes.toString('latin1'));
  }

  #isRefused({ certificate }: VerifiedRecord): boolean {
    const { devices, fingerprints } = this.#refused;
    return devices.includes(certificate.device) || fingerprints.includes(certificate.fingerprint);
  }
}
