import type { KeyObject, X509Certificate } from 'node:crypto';
import type { NewFile } from '../storage/data-directory-create.ts';
import type { PeerCertificate } from './certificate.ts';
import type { DeviceKey } from './device-key.ts';
import { toPem } from './pem.ts';

// Membership as files of a home, with paths inside it: docs/formats/home.md.

export function membershipFiles({
  key,
  certificate,
  authority,
}: {
  readonly key: DeviceKey;
  readonly certificate: PeerCertificate;
  readonly authority: X509Certificate;
}): NewFile[] {
  return [
    deviceKeyFile(key),
    { path: 'identity/authority.crt', data: toPem('CERTIFICATE', authority.raw) },
    { path: 'identity/device.crt', data: toPem('CERTIFICATE', certificate.der) },
  ];
}

/** All that a home has while its certificate is being made elsewhere. */
export function deviceKeyFile(key: DeviceKey): NewFile {
  return { path: 'identity/device.key', data: key.pem };
}

/** What makes a machine the one that admits others. */
export function authorityFile(privateKey: KeyObject): NewFile {
  const data = privateKey.export({ type: 'pkcs8', format: 'pem' });
  return { path: 'identity/authority.key', data };
}
