import { execFileSync } from 'node:child_process';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { toPem } from '../../../src/identity/pem.ts';
import { defaultNetworkLimits } from '../../../src/network/limits.ts';
import { openTlsTransport } from '../../../src/network/transport/tls/tls-transport.ts';
import type { Logger } from '../../../src/platform/logger.ts';
import { freePort } from '../../support/free-port.ts';
import { testNetwork } from '../../support/test-network.ts';
import { until } from '../../support/until.ts';

// An address of a block that is reserved for documentation, which the test gives to the loopback interface.
const address = '198.51.100.77';

const ip = (...words: string[]): boolean => {
  try {
    execFileSync('ip', words, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

const mayChangeAddresses = ip('address', 'add', `${address}/32`, 'dev', 'lo');
if (mayChangeAddresses) ip('address', 'del', `${address}/32`, 'dev', 'lo');

afterEach(() => void ip('address', 'del', `${address}/32`, 'dev', 'lo'));

// Skipped only where this process may not give its machine an address.
test.skipIf(!mayChangeAddresses)(
  'a peer starts without the address that it is to listen on, and listens once it has it',
  async () => {
    using network = await testNetwork(['alice']);
    const [alice] = network.members;
    if (!alice) throw new Error('nobody is there');
    const { certificate, authority, key } = alice.identity;
    const port = await freePort();
    const said: string[] = [];
    const logger = { warn: (_: object, text: string) => said.push(text) } as unknown as Logger;
    const transport = await openTlsTransport(
      {
        credentials: {
          certificatePem: toPem('CERTIFICATE', certificate.der),
          authorityPem: toPem('CERTIFICATE', authority.raw),
          privateKeyPem: key.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
        },
        ...{ listen: [`${address}:${port}`], limits: defaultNetworkLimits, logger },
      },
      () => undefined,
    );
    try {
      expect(transport.listening).toEqual([`${address}:${port}`]);
      await until(() => said.length === 1);
      expect(said[0]).toMatch(/does not have the address/);
      ip('address', 'add', `${address}/32`, 'dev', 'lo');
      let answers = false;
      await until(() => {
        const socket = connect(port, address, () => (answers = true));
        socket.on('error', () => undefined).setTimeout(200, () => socket.destroy());
        return answers;
      });
    } finally {
      await transport.close();
    }
  },
);
