import type { RootDatabase } from 'lmdb';
import type { DeviceId } from '../identity/ids.ts';
import { verifyPeerCertificateAtAnyTime } from '../identity/certificate.ts';
import { openReplica } from '../metadata/open-replica.ts';
import type { LocalReplica } from '../metadata/local-replica.ts';
import type { StampTime } from '../metadata/stamp-time.ts';
import type { PeerOptions } from './peer.ts';

/** Opens this peer's copy of the tree. What all peers must agree on before the first operation is in the authority's certificate. */
export function openTree(
  { home, identity, config, disk, clock, logger }: PeerOptions,
  database: RootDatabase<Buffer, Buffer>,
  time: StampTime,
  noted: () => Promise<void> | undefined,
): LocalReplica {
  const { authority, certificate, flavour, key, networkId } = identity;
  return openReplica({
    ...{ database, disk, clock, time, logger, noted, clean: home.cleanStart },
    device: certificate.device,
    privateKey: key.privateKey,
    certificate: certificate.der,
    // Batches outlive the certificates with which they were signed.
    certificateInfo: (der) => verifyPeerCertificateAtAnyTime(der, authority),
    network: { id: networkId, flavour, createdMs: authority.validFromDate.getTime() },
    logDirectory: home.paths.logs,
    givenUp: config.givenUp as DeviceId[],
  });
}
