import { createPublicKey, type KeyObject, type webcrypto } from 'node:crypto';

/** What WebCrypto has to be told to sign with a key: device keys are Ed25519, an openssl-made authority may have RSA or ECDSA. */
export interface SigningAlgorithm {
  readonly name: string;
  readonly hash?: string;
  readonly namedCurve?: string;
}

const curvesByOpensslName: Readonly<Record<string, { namedCurve: string; hash: string }>> = {
  prime256v1: { namedCurve: 'P-256', hash: 'SHA-256' },
  secp384r1: { namedCurve: 'P-384', hash: 'SHA-384' },
  secp521r1: { namedCurve: 'P-521', hash: 'SHA-512' },
};

/** Undefined for kinds of keys that certificates are not signed with here. */
export function signingAlgorithm(key: KeyObject): SigningAlgorithm | undefined {
  if (key.asymmetricKeyType === 'ed25519') return { name: 'Ed25519' };
  if (key.asymmetricKeyType === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const curve = curvesByOpensslName[key.asymmetricKeyDetails?.namedCurve ?? ''];
  return curve === undefined ? undefined : { name: 'ECDSA', ...curve };
}

/** Both halves of a private key as @peculiar/x509 takes them. */
export function webKeys(
  privateKey: KeyObject,
  algorithm: SigningAlgorithm,
): webcrypto.CryptoKeyPair {
  return {
    privateKey: privateKey.toCryptoKey(algorithm, false, ['sign']),
    publicKey: createPublicKey(privateKey).toCryptoKey(algorithm, true, ['verify']),
  };
}
