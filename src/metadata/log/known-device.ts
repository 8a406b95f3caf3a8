import type { KeyObject } from 'node:crypto';
import type { DeviceId } from '../../identity/ids.ts';
import type { Author } from '../operations/operation-kind.ts';

/** What a certificate says of a device. */
export interface DeviceCertificate {
  readonly device: DeviceId;
  readonly uid: number;
  readonly user: string;
  readonly publicKey: KeyObject;
}

/** Whose a certificate is, or why it is none of this network, as a clause. At any time: a log outlives its certificates. */
export type CertificateReader = (der: Buffer) => DeviceCertificate | { readonly refused: string };

export function authorOf({ device, uid, user }: DeviceCertificate): Author {
  return { device, uid, user };
}
