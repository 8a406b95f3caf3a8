import { flavours, type Flavour } from '../config/flavours.ts';
import type { Refused } from './certificate.ts';
import { maximumDeviceId, type DeviceId, type UserId } from './ids.ts';

/** One device that the authority has given a number. Such a line stays in the register for good. */
export interface Registered {
  readonly device: DeviceId;
  readonly user: string;
  readonly uid: UserId;
  /** SHA-256 of its public key, in hex. */
  readonly key: string;
}

/** Who asks for numbers: see CertificateRequest. */
export interface NumberRequest {
  readonly user: string;
  readonly preferredUid: number;
  readonly key: string;
}

/** Where uids begin that no system gives to its own people, so that nobody is mistaken for somebody local. */
export const firstAssignedUid = 10_001;

/** Below are a system's own accounts: nobody may bring such a number into the network. */
const firstPersonalUid = 1000;

/** `nobody` on Linux, and the 16-bit form of `(uid_t) -1`. */
const reservedUids: readonly number[] = [65_534, 65_535];

/**
 * Decides the numbers of a device. A key that is known gets its own again (a certificate is renewed); a user that is known keeps his
 * uid on a further device; device numbers only rise, so none is used twice.
 */
export function assignNumbers(
  registered: readonly Registered[],
  flavour: Flavour,
  request: NumberRequest,
): Registered | Refused {
  const same = registered.find(({ key }) => key === request.key);
  if (same !== undefined) return sameUser(same, request);
  const device = registered.reduce((highest, { device }) => Math.max(highest, device), 0) + 1;
  if (device > maximumDeviceId) return { refused: 'the network has no device numbers left' };
  const uid = uidFor(registered, flavour, request);
  return { device: device as DeviceId, user: request.user, uid, key: request.key };
}

function sameUser(same: Registered, { user }: NumberRequest): Registered | Refused {
  return same.user === user ? same : { refused: `this device's key belongs to user ${same.user}` };
}

function uidFor(
  registered: readonly Registered[],
  flavour: Flavour,
  { user, preferredUid }: NumberRequest,
): UserId {
  if (flavours[flavour].certificateNames === 'computer') return 0 as UserId;
  const known = registered.find((entry) => entry.user === user);
  if (known !== undefined) return known.uid;
  const taken = new Set<number>([...reservedUids, ...registered.map(({ uid }) => uid)]);
  let uid = preferredUid;
  if (uid < firstPersonalUid || taken.has(uid)) uid = firstAssignedUid;
  while (taken.has(uid)) uid++;
  return uid as UserId;
}
