import { generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto';
import type { Flavour } from '../config/flavours.ts';
import type { Clock } from '../platform/clock.ts';
import type { NewFile } from '../storage/data-directory-create.ts';
import { ExpectedFailure } from '../util/expected-failure.ts';
import {
  authorityValidityMs,
  backdatingMs,
  createAuthority,
  defaultValidityMs,
  readAuthorityKey,
} from './authority.ts';
import { createCertificateRequest, readCertificateRequest } from './certificate-request.ts';
import { createDeviceKey } from './device-key.ts';
import { issueAuthorityCertificate } from './issue-certificate.ts';
import { fromPem } from './pem.ts';
import { authorityFile, membershipFiles } from './membership-files.ts';
import { createRegister, registerHeader } from './register.ts';

export interface NewNetwork {
  readonly network: string;
  readonly flavour: Flavour;
  /** The first member: the user, or on `lan` the computer, on this machine. */
  readonly user: string;
  readonly preferredUid: number;
  /** PEM texts of an authority made elsewhere, for example with openssl; otherwise one is made. */
  readonly authority?: { readonly certificatePem: string; readonly keyPem: string };
}

/** The `identity` files of the home that founds a network: its authority, and this machine as the first device. */
export async function foundNetwork(options: NewNetwork, clock: Clock): Promise<NewFile[]> {
  const { network, flavour, user, preferredUid } = options;
  const signer = givenAuthority(options) ?? (await newAuthority(network, clock.nowMs()));
  const lines = [registerHeader(network, flavour)];
  const register = createRegister(network, flavour, [], (line) => void lines.push(line));
  const key = createDeviceKey();
  const requested = { network, user, preferredUid };
  const request = await readCertificateRequest(
    await createCertificateRequest(key.privateKey, requested),
  );
  const certificate =
    'refused' in request
      ? request
      : await createAuthority(signer, register, clock).issue(request, defaultValidityMs);
  if ('refused' in certificate) throw new ExpectedFailure('usage', sentence(certificate.refused));
  return [
    ...membershipFiles({ key, certificate, authority: signer.certificate }),
    authorityFile(signer.privateKey),
    { path: 'identity/register', data: lines.join('') },
  ];
}

interface Signer {
  readonly certificate: X509Certificate;
  readonly privateKey: KeyObject;
}

async function newAuthority(network: string, nowMs: number): Promise<Signer> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const der = await issueAuthorityCertificate(network, privateKey, {
    notBeforeMs: nowMs - backdatingMs,
    notAfterMs: nowMs + authorityValidityMs,
  });
  return { certificate: new X509Certificate(der), privateKey };
}

function givenAuthority({ authority }: NewNetwork): Signer | undefined {
  if (authority === undefined) return undefined;
  const [der] = fromPem('CERTIFICATE', authority.certificatePem);
  const certificate = parseAuthorityCertificate(der);
  return { certificate, privateKey: readAuthorityKey(authority.keyPem, certificate) };
}

function parseAuthorityCertificate(der: Buffer | undefined): X509Certificate {
  try {
    return new X509Certificate(der ?? '');
  } catch {
    throw new ExpectedFailure(
      'usage',
      "The authority's certificate cannot be read: it must be one X.509 certificate in PEM.",
    );
  }
}

function sentence(reason: string): string {
  return `The authority cannot issue this peer's certificate: ${reason}.`;
}
