import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { verifyPeerCertificate, type PeerCertificate } from '../../../../identity/certificate.ts';
import type { RefusedPeers } from '../../transport.ts';
import type { Credentials } from '../worker-messages.ts';

/** Decides who is a peer of this network. TLS proves that the other end holds its certificate's key; this judges the certificate. */
export class Admission {
  readonly context: SecureContext;
  readonly #authority: X509Certificate;
  #devices: ReadonlySet<number> = new Set();
  #fingerprints: ReadonlySet<string> = new Set();

  constructor(credentials: Credentials, refused: RefusedPeers) {
    this.#authority = new X509Certificate(credentials.authorityPem);
    this.context = secureContext(credentials);
    this.setRefused(refused);
  }

  setRefused({ devices, fingerprints }: RefusedPeers): void {
    this.#devices = new Set(devices);
    this.#fingerprints = new Set(fingerprints);
  }

  judge(socket: TLSSocket): PeerCertificate | { refused: string } {
    const presented = socket.getPeerX509Certificate();
    if (presented === undefined) return { refused: 'it presented no certificate' };
    const certificate = verifyPeerCertificate(presented.raw, this.#authority, Date.now());
    if ('refused' in certificate) return certificate;
    const revoked =
      this.#devices.has(certificate.device) || this.#fingerprints.has(certificate.fingerprint);
    return revoked ? { refused: 'the certificate was revoked' } : certificate;
  }
}

// The authority's certificate goes with ours, so that a newcomer who knows only its fingerprint can check the chain.
function secureContext(credentials: Credentials): SecureContext {
  return createSecureContext({
    cert: `${credentials.certificatePem.trim()}\n${credentials.authorityPem.trim()}\n`,
    key: credentials.privateKeyPem,
    ca: credentials.authorityPem,
    minVersion: 'TLSv1.3',
  });
}
