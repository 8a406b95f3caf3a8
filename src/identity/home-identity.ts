import { createPublicKey, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { Flavour } from '../config/flavours.ts';
import type { HomePaths } from '../storage/data-directory-paths.ts';
import { requireHome } from '../storage/data-directory.ts';
import { ExpectedFailure } from '../util/expected-failure.ts';
import {
  certificateFingerprint,
  verifyPeerCertificate,
  verifyPeerCertificateAtAnyTime,
  type PeerCertificate,
} from './certificate.ts';
import { readDeviceKey, type DeviceKey } from './device-key.ts';
import { fromPem } from './pem.ts';

/** Who this peer is, as the files in its home say. Everything that the daemon needs for signing and for TLS. */
export interface HomeIdentity {
  readonly network: string;
  /** SHA-256 of the authority's certificate, in hex. */
  readonly networkId: string;
  readonly flavour: Flavour;
  readonly authority: X509Certificate;
  readonly certificate: PeerCertificate;
  readonly key: DeviceKey;
  /** Whether this machine can admit others. */
  readonly holdsAuthority: boolean;
}

/** Throws an ExpectedFailure when there is no network in the home or its files do not fit together. Ignores the time. */
export function loadIdentity(paths: HomePaths): HomeIdentity {
  requireHome(paths);
  const authority = readAuthority(paths);
  const certificate = readCertificate(paths, authority);
  return {
    network: certificate.network,
    networkId: certificateFingerprint(authority),
    flavour: flavourOf(certificate),
    authority,
    certificate,
    key: readKey(paths, certificate),
    holdsAuthority: existsSync(paths.authorityKey),
  };
}

/** Throws an ExpectedFailure when no peer would accept the certificate now. */
export function requireValidNow({ certificate, authority }: HomeIdentity, nowMs: number): void {
  const judged = verifyPeerCertificate(certificate.der, authority, nowMs);
  if (!('refused' in judged)) return;
  throw new ExpectedFailure(
    'refused',
    `This peer cannot take part: ${judged.refused}; check this machine's clock, or renew it with "peerfuse cert request".`,
  );
}

/** The authority says it by the uid: on `lan`, and only there, it is 0. So a network's flavour is signed and cannot be edited. */
export function flavourOf({ uid }: { readonly uid: number }): Flavour {
  return uid === 0 ? 'lan' : 'net';
}

function readAuthority(paths: HomePaths): X509Certificate {
  const [der] = fromPem('CERTIFICATE', read(paths.authorityCertificate));
  try {
    return new X509Certificate(der ?? '');
  } catch {
    throw damaged(paths.authorityCertificate, 'it holds no certificate');
  }
}

function readCertificate(paths: HomePaths, authority: X509Certificate): PeerCertificate {
  const [der] = fromPem('CERTIFICATE', read(paths.deviceCertificate));
  const certificate = verifyPeerCertificateAtAnyTime(der ?? Buffer.alloc(0), authority);
  if ('refused' in certificate) throw damaged(paths.deviceCertificate, certificate.refused);
  return certificate;
}

function readKey(paths: HomePaths, certificate: PeerCertificate): DeviceKey {
  const key = readDeviceKey(read(paths.deviceKey));
  if (key === undefined) throw damaged(paths.deviceKey, 'it holds no Ed25519 private key');
  if (!createPublicKey(key.privateKey).equals(certificate.publicKey)) {
    throw damaged(paths.deviceKey, 'the certificate is for another key');
  }
  return key;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw damaged(path, error instanceof Error ? error.message : String(error));
  }
}

function damaged(path: string, problem: string): ExpectedFailure {
  return new ExpectedFailure(
    'machine',
    `${path} cannot be used (${problem}); restore it from a copy, or join the network anew with another home.`,
  );
}
