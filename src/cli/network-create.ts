import { Option, type Command } from 'commander';
import { initialConfig } from '../config/edit.ts';
import type { Flavour } from '../config/flavours.ts';
import { systemClock } from '../platform/clock.ts';
import { createHome, requireVacant } from '../storage/data-directory-create.ts';
import { homePaths } from '../storage/data-directory-paths.ts';
import { realDisk } from '../storage/disk.ts';
import { ExpectedFailure } from '../util/expected-failure.ts';
import { readInput } from './files.ts';
import { defaultListen, localName, localUid } from './local-person.ts';
import { listenOption, networkArgument, userArgument } from './options.ts';
import { print } from './print.ts';
import type { Home } from './program.ts';

interface Options {
  readonly flavour: Flavour;
  readonly user?: string;
  readonly listen?: string[];
  readonly authorityCertificate?: string;
  readonly authorityKey?: string;
}

export function addNetworkCreate(program: Command, home: Home): void {
  program
    .command('network')
    .description('make a network')
    .command('create')
    .description("create a network: its authority, this peer's key and certificate, its settings")
    .argument('<name>', 'what the network is called', networkArgument)
    .addOption(
      new Option(
        '--flavour <flavour>',
        'for people who need not trust each other, or one administration',
      )
        .choices(['net', 'lan'])
        .default('net'),
    )
    .option(
      '--user <user>',
      'your name in it (default: your login; on lan the computer’s)',
      userArgument,
    )
    .option('--listen <host:port>', 'where peers reach this one; may be repeated', listenOption)
    .option('--authority-certificate <file>', 'an authority made elsewhere, PEM')
    .option('--authority-key <file>', 'its private key, PEM')
    .action((name: string, options: Options) => createNetwork(name, options, home()));
}

async function createNetwork(network: string, options: Options, home: string): Promise<void> {
  requireVacant(home);
  const { foundNetwork } = await import('../identity/found-network.ts');
  const { loadIdentity } = await import('../identity/home-identity.ts');
  const { flavour, user = localName(flavour), listen = [defaultListen()] } = options;
  const authority = readAuthority(options);
  const files = await foundNetwork(
    { network, flavour, user, preferredUid: localUid(), ...(authority && { authority }) },
    systemClock,
  );
  const config = { path: 'config.toml', data: initialConfig({ listen, connect: [] }) };
  createHome(home, [...files, config], realDisk);
  const { certificate, networkId } = loadIdentity(homePaths(home));
  print(`Created network ${network} (${flavour}) in ${home}; its id is ${networkId}.`);
  print(`You are ${certificate.user}, uid ${certificate.uid}, on device ${certificate.device}.`);
  print('Next: "peerfuse mount DIR", then "peerfuse invite USER" for everybody else.');
}

function readAuthority({ authorityCertificate, authorityKey }: Options) {
  if (authorityCertificate === undefined && authorityKey === undefined) return undefined;
  if (authorityCertificate === undefined || authorityKey === undefined) {
    throw new ExpectedFailure(
      'usage',
      '--authority-certificate and --authority-key belong together; give both.',
    );
  }
  return { certificatePem: readInput(authorityCertificate), keyPem: readInput(authorityKey) };
}
