import { MemoryHub } from '../../src/network/transport/memory/memory-hub.ts';
import { openPeerNetworkOver } from '../../src/network/open-peer-network.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { silentLogger } from '../../src/platform/logger.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { testAuthority } from '../support/test-certificates.ts';
import { describeTransport, testLimits, type TransportUnderTest } from './transport.ts';

describeTransport('memory', async (): Promise<TransportUnderTest> => {
  const authority = await testAuthority();
  const hub = new MemoryHub(systemClock);
  let nextPort = 1;
  return {
    device: (number) => authority.issue(number),
    open({ device: { credentials, identity }, connect, handler, records }) {
      const address = `127.0.0.1:${nextPort++}`;
      return openPeerNetworkOver(hub.transport(address, identity), {
        ...{ credentials, identity, connect, handler, records, limits: testLimits },
        ...{ clock: systemClock, random: systemRandom, logger: silentLogger },
      });
    },
    cut: (one, other) => hub.cut(one.listening[0] ?? '', other.listening[0] ?? ''),
    async [Symbol.asyncDispose]() {},
  };
});
