import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import type { DeviceId } from '../../../src/identity/ids.ts';
import type { TestDevice } from '../replica-world.ts';

/** What stands before the 32 bytes of an Ed25519 key in PKCS #8. */
const pkcs8Beginning = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A device whose key follows from its name, so that its batches are the same in every run. */
export function worldDevice(user: string, device: number): TestDevice {
  const secret = createHash('sha256').update(`${user} ${device}`).digest();
  const der = Buffer.concat([pkcs8Beginning, secret]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const uid = 1000 + device;
  const certificate = Buffer.from(
    JSON.stringify({ device, uid, user, key: spki.toString('base64') }),
  );
  return { device: device as DeviceId, uid, user, privateKey, certificate };
}
