import { decode, Encoder } from 'cbor-x';

// The bodies by which two peers agree on one connection. Small, so CBOR; whatever a peer sends is checked field by field.

/** Told by both sides first. */
export interface Hello {
  readonly version: number;
  /** 16 random bytes, in hex, of one run of the program: tells a restarted peer from one that dials twice. */
  readonly incarnation: string;
  /** The sender's signed peer record. */
  readonly record: Buffer;
}

/** Why a connection is closed on purpose. */
export interface Goodbye {
  /** `duplicate`: another connection of the two is in use. `leaving`: the peer stops. `refused`: it will not talk to this peer. */
  readonly code: GoodbyeCode;
  readonly reason: string;
}

const goodbyeCodes = ['duplicate', 'leaving', 'refused', 'failed'] as const;
export type GoodbyeCode = (typeof goodbyeCodes)[number];

export const protocolVersion = 1;
export const sessionBytes = 16;
const maximumReasonLength = 500;

const encoder = new Encoder({ useRecords: false, tagUint8Array: false });

export function encodeHello({ version, incarnation, record }: Hello): Buffer {
  return encoder.encode([version, Buffer.from(incarnation, 'hex'), record]);
}

export function decodeHello(body: Buffer): Hello | undefined {
  const [version, incarnation, record] = decodeArray(body);
  if (typeof version !== 'number' || !isBytes(incarnation) || !isBytes(record)) return undefined;
  if (incarnation.length !== 16) return undefined;
  return {
    version,
    incarnation: Buffer.from(incarnation).toString('hex'),
    record: Buffer.from(record),
  };
}

export function encodeGoodbye({ code, reason }: Goodbye): Buffer {
  return encoder.encode([code, reason.slice(0, maximumReasonLength)]);
}

export function decodeGoodbye(body: Buffer): Goodbye {
  const [code, reason] = decodeArray(body);
  const known = goodbyeCodes.find((candidate) => candidate === code) ?? 'failed';
  return { code: known, reason: readableReason(reason) };
}

/** A refusal's body is its reason in UTF-8. */
export function encodeReason(reason: string): Buffer {
  return Buffer.from(reason.slice(0, maximumReasonLength));
}

export function decodeReason(body: Buffer): string {
  return readableReason(body.toString('utf8'));
}

// It comes from a stranger and ends in logs and on terminals.
function readableReason(reason: unknown): string {
  if (typeof reason !== 'string') return 'no reason given';
  return reason.slice(0, maximumReasonLength).replaceAll(/\p{C}/gu, '?');
}

function decodeArray(body: Buffer): readonly unknown[] {
  try {
    const value: unknown = decode(body);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}
