import { Encoder } from 'cbor-x';

// CBOR as tokens and enrolment messages use it: arrays, texts, numbers and byte strings, without tags.

const codec = new Encoder({ useRecords: false, tagUint8Array: false, mapsAsObjects: true });

export function encode(value: readonly unknown[]): Buffer {
  return Buffer.from(codec.encode(value));
}

/** Undefined when these are not the bytes of one CBOR value. The caller checks what it is. */
export function decode(bytes: Uint8Array): unknown {
  try {
    return codec.decode(bytes);
  } catch {
    return undefined;
  }
}
