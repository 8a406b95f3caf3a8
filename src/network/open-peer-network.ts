import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import type { Random } from '../platform/random.ts';
import { EnrolmentClerk, type OnEnrol } from './enrolment/enrolment-clerk.ts';
import { defaultNetworkLimits, type NetworkLimits } from './limits.ts';
import type { LinkHandler, PeerIdentity } from './link.ts';
import { LinkTable } from './links/link-table.ts';
import { Membership, type RecordStore } from './membership/membership.ts';
import type { PeerNetwork } from './peer-network.ts';
import type { Credentials } from './transport/tls/worker-messages.ts';
import { openTlsTransport } from './transport/tls/tls-transport.ts';
import type { OpenTransport } from './transport/transport.ts';

export interface PeerNetworkOptions {
  readonly credentials: Credentials;
  /** What the certificate of `credentials` says. */
  readonly identity: PeerIdentity;
  /** `host:port` of peers to connect to, besides those that are remembered. */
  readonly connect: readonly string[];
  readonly handler: LinkHandler;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly records: RecordStore;
  readonly limits?: Partial<NetworkLimits>;
  /** `host:port` to tell others in place of this machine's own addresses. */
  readonly advertise?: readonly string[];
}

export interface TlsPeerNetworkOptions extends PeerNetworkOptions {
  /** `host:port`; port 0 picks a free one. */
  readonly listen: readonly string[];
  /** Absent: newcomers cannot enrol here. */
  readonly onEnrol?: OnEnrol;
}

/** The real thing. Rejects with an ExpectedFailure when it cannot listen. */
export function openPeerNetwork(options: TlsPeerNetworkOptions): Promise<PeerNetwork> {
  const { credentials, listen, clock, logger, onEnrol } = options;
  const limits = { ...defaultNetworkLimits, ...options.limits };
  const clerk = onEnrol && new EnrolmentClerk(onEnrol, clock, logger);
  const enrol =
    clerk && ((request: Buffer, remoteAddress: string) => clerk.answer(request, remoteAddress));
  return openPeerNetworkOver(
    (accept) =>
      openTlsTransport({ credentials, listen, limits, logger, ...(enrol && { enrol }) }, accept),
    options,
  );
}

/** Over any transport. */
export async function openPeerNetworkOver(
  openTransport: OpenTransport,
  options: PeerNetworkOptions,
): Promise<PeerNetwork> {
  const { credentials, identity, handler, clock, random, logger } = options;
  const limits = { ...defaultNetworkLimits, ...options.limits };
  const { device } = identity;
  const membership = new Membership({
    ...{ ...credentials, device, clock, random, logger, limits, records: options.records },
    advertise: options.advertise ?? [],
    linkOf: (peer) => table.linkOf(peer),
    links: () => table.links,
    probeLinks: () => table.probeAll(),
    dial: (address) => table.dial(transport, address),
  });
  const table = new LinkTable({ device, handler, clock, logger, limits, membership });
  const transport = await openTransport((channel) => table.accept(channel));
  membership.start(transport.listening, options.connect);

  return {
    listening: transport.listening,
    links: () => table.links,
    connect: (address) => membership.connect(address),
    knownPeers: () => membership.knownPeers(),
    setRefused(refused) {
      transport.setRefused(refused);
      membership.setRefused(refused);
      table.dropRefused(refused);
    },
    async close() {
      membership.stop();
      table.close();
      await transport.close();
    },
  };
}
