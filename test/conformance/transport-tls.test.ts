import { openPeerNetwork } from '../../src/network/open-peer-network.ts';
import type { PeerNetwork } from '../../src/network/peer-network.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { freePort } from '../support/free-port.ts';
import { CuttableCable } from '../support/cuttable-cable.ts';
import { testAuthority } from '../support/test-certificates.ts';
import { describeTransport, testLimits, type TransportUnderTest } from './transport.ts';

// Each peer is reached through a cable of its own, which is what it tells others as its address.
describeTransport('TLS', async (): Promise<TransportUnderTest> => {
  const authority = await testAuthority();
  const cables: CuttableCable[] = [];
  const cableOf = new Map<PeerNetwork, CuttableCable>();
  return {
    device: (number) => authority.issue(number),
    async open({ device: { credentials, identity }, connect, handler, records }) {
      const port = await freePort();
      const cable = await CuttableCable.before(port);
      cables.push(cable);
      const network = await openPeerNetwork({
        ...{ credentials, identity, connect, handler, records, limits: testLimits },
        ...{ clock: systemClock, random: systemRandom, logger: silentLogger },
        listen: [`127.0.0.1:${port}`],
        advertise: [cable.address],
      });
      const cabled: PeerNetwork = { ...network, listening: [cable.address] };
      cableOf.set(cabled, cable);
      return cabled;
    },
    cut(one, other) {
      cableOf.get(one)?.cut();
      cableOf.get(other)?.cut();
    },
    async [Symbol.asyncDispose]() {
      for (const cable of cables) cable.close();
    },
  };
});
