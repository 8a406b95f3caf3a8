import type { KeyObject, X509Certificate } from 'node:crypto';
import { decode, Encoder } from 'cbor-x';
import { signWithContext, verifyWithContext } from '../../crypto/signature.ts';
import { verifyPeerCertificate, type PeerCertificate } from '../../identity/certificate.ts';
import { parseAddress } from '../address.ts';

// How a peer tells all others where it can be reached. Records are passed on by anybody and believed for their signature alone.

/** What a peer says about itself. */
export interface PeerRecord {
  /** Grows with each change; at least the milliseconds since 1970 when it was made. The largest is the valid one. */
  readonly sequence: number;
  /** `host:port`, best first. */
  readonly addresses: readonly string[];
  /** Names of features that others need to know of; unknown ones are ignored. */
  readonly capabilities: readonly string[];
}

export interface VerifiedRecord extends PeerRecord {
  readonly certificate: PeerCertificate;
  /** As signed, to be passed on. */
  readonly bytes: Buffer;
}

/** A certificate has up to 8 KiB; the rest is addresses. */
export const maximumRecordBytes = 16 * 1024;

/** A machine with more interfaces than that is not reached better by listing them all. */
export const maximumAddresses = 16;

const maximumCapabilities = 32;
const maximumCapabilityLength = 64;
const formatVersion = 1;
const signatureContext = 'peer-record';
const encoder = new Encoder({ useRecords: false, tagUint8Array: false });

export function signRecord(
  record: PeerRecord,
  certificateDer: Buffer,
  privateKey: KeyObject,
): Buffer {
  const { sequence, addresses, capabilities } = record;
  const payload = encoder.encode([
    formatVersion,
    sequence,
    addresses.slice(0, maximumAddresses),
    capabilities,
    certificateDer,
  ]);
  return encoder.encode([payload, signWithContext(signatureContext, payload, privateKey)]);
}

/** The record when a peer of this network signed it and its certificate is valid now; otherwise why not, as a clause. */
export function verifyRecord(
  bytes: Buffer,
  authority: X509Certificate,
  nowMs: number,
): VerifiedRecord | { readonly refused: string } {
  if (bytes.length > maximumRecordBytes) return { refused: 'the record is too long' };
  const [payload, signature] = decodeArray(bytes);
  if (!isBytes(payload) || !isBytes(signature)) return malformed;
  const [version, sequence, addresses, capabilities, der] = decodeArray(payload);
  if (version !== formatVersion || !isBytes(der)) return malformed;
  if (typeof sequence !== 'number' || !Number.isSafeInteger(sequence) || sequence < 0)
    return malformed;
  if (!isAddresses(addresses) || !isCapabilities(capabilities)) return malformed;
  const certificate = verifyPeerCertificate(Buffer.from(der), authority, nowMs);
  if ('refused' in certificate) return certificate;
  if (!verifyWithContext(signatureContext, payload, certificate.publicKey, signature)) {
    return { refused: "the record's signature is wrong" };
  }
  return { sequence, addresses, capabilities, certificate, bytes: Buffer.from(bytes) };
}

const malformed = { refused: 'the record is malformed' };

function decodeArray(bytes: Uint8Array): readonly unknown[] {
  try {
    const value: unknown = decode(bytes);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

function isAddresses(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length <= maximumAddresses &&
    value.every((text) => typeof text === 'string' && parseAddress(text) !== undefined)
  );
}

function isCapabilities(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length <= maximumCapabilities &&
    value.every((text) => typeof text === 'string' && text.length <= maximumCapabilityLength)
  );
}
