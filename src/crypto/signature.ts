import { sign, verify, type KeyObject } from 'node:crypto';

/** Bytes of an Ed25519 signature. */
export const signatureLength = 64;

/**
 * Signs `data` with an Ed25519 key. The context keeps a signature made for one purpose from being shown as one for another
 * (the same key also signs TLS handshakes, which start with 64 spaces: RFC 8446 §4.4.3).
 */
export function signWithContext(context: string, data: Uint8Array, privateKey: KeyObject): Buffer {
  return sign(null, Buffer.concat([contextBytes(context), data]), privateKey);
}

/** True when `signature` was made by `signWithContext` with the private half of `publicKey` over the same context and data. */
export function verifyWithContext(
  context: string,
  data: Uint8Array,
  publicKey: KeyObject,
  signature: Uint8Array,
): boolean {
  if (signature.length !== signatureLength) return false;
  return verify(null, Buffer.concat([contextBytes(context), data]), publicKey, signature);
}

function contextBytes(context: string): Buffer {
  return Buffer.from(`peerfuse ${context}\0`, 'latin1');
}
