import type { Command } from 'commander';
import { homePaths } from '../storage/data-directory-paths.ts';
import { formatTime, printFields, printJson } from './print.ts';
import type { Home } from './program.ts';

export function addCertificateShow(group: Command, home: Home): void {
  group
    .command('show')
    .description("this peer's certificate and its network")
    .option('--json', 'for programs')
    .action(async ({ json = false }: { json?: boolean }) => {
      const { loadIdentity } = await import('../identity/home-identity.ts');
      const { network, networkId, flavour, certificate, holdsAuthority } = loadIdentity(
        homePaths(home()),
      );
      const { user, uid, device, fingerprint, notBeforeMs, notAfterMs } = certificate;
      if (json) {
        return printJson({
          ...{ network, networkId, flavour, user, uid, device, fingerprint },
          ...{ notBeforeMs, notAfterMs, holdsAuthority },
        });
      }
      printFields({
        network: `${network} (${flavour})`,
        'network id': networkId,
        user: `${user}, uid ${uid}`,
        device: String(device),
        fingerprint,
        valid: `${formatTime(notBeforeMs)} to ${formatTime(notAfterMs)}`,
        authority: holdsAuthority ? 'this machine holds its key' : 'elsewhere',
      });
    });
}
