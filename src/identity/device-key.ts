import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

/** Made on the device and never leaves it: signs its batches, its TLS handshakes and its certificate request. */
export interface DeviceKey {
  readonly privateKey: KeyObject;
  /** PKCS #8, for device.key. */
  readonly pem: string;
}

export function createDeviceKey(): DeviceKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  return { privateKey, pem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string };
}

/** Undefined unless `pem` holds an Ed25519 private key. */
export function readDeviceKey(pem: string): DeviceKey | undefined {
  try {
    const privateKey = createPrivateKey(pem);
    return privateKey.asymmetricKeyType === 'ed25519' ? { privateKey, pem } : undefined;
  } catch {
    return undefined;
  }
}

/** SHA-256 of a public key's SubjectPublicKeyInfo, in hex. */
export function keyFingerprint(publicKey: KeyObject): string {
  const bytes = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(bytes).digest('hex');
}
