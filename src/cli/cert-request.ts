import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { initialConfig } from '../config/edit.ts';
import { readDeviceKey, createDeviceKey, type DeviceKey } from '../identity/device-key.ts';
import { loadIdentity } from '../identity/home-identity.ts';
import { deviceKeyFile } from '../identity/membership-files.ts';
import { toPem } from '../identity/pem.ts';
import type { RequestedSubject } from '../identity/subject-uri.ts';
import { createHome } from '../storage/data-directory-create.ts';
import { homePaths, type HomePaths } from '../storage/data-directory-paths.ts';
import { realDisk } from '../storage/disk.ts';
import { ExpectedFailure } from '../util/expected-failure.ts';
import { writeOutput } from './files.ts';
import { defaultListen, localName, localUid } from './local-person.ts';
import { listenOption, networkArgument, userArgument } from './options.ts';
import type { Home } from './program.ts';

interface Options {
  readonly network?: string;
  readonly user?: string;
  readonly listen?: string[];
  readonly output?: string;
}

export function addCertificateRequest(group: Command, home: Home): void {
  group
    .command('request')
    .description(
      'make a key here, or take the one that is here, and print a request for its certificate',
    )
    .option('--network <name>', 'the network to join', networkArgument)
    .option(
      '--user <user>',
      'your name in it (default: your login); on lan the computer’s',
      userArgument,
    )
    .option('--listen <host:port>', 'where peers reach this one; may be repeated', listenOption)
    .option('--output <file>', 'where to write it (default: standard output)')
    .action((options: Options) => request(options, homePaths(home())));
}

async function request(options: Options, paths: HomePaths): Promise<void> {
  const { createCertificateRequest } = await import('../identity/certificate-request.ts');
  const { key, requested } = existsSync(paths.deviceCertificate)
    ? renewal(paths)
    : firstRequest(options, paths);
  const der = await createCertificateRequest(key.privateKey, requested);
  writeOutput(options.output, toPem('CERTIFICATE REQUEST', der));
}

interface Request {
  readonly key: DeviceKey;
  readonly requested: RequestedSubject;
}

/** A member asks for the same certificate again. */
function renewal(paths: HomePaths): Request {
  const { key, certificate } = loadIdentity(paths);
  const { network, user, uid } = certificate;
  return { key, requested: { network, user, preferredUid: uid } };
}

function firstRequest(options: Options, paths: HomePaths): Request {
  const { network, user = localName('net') } = options;
  if (network === undefined) {
    throw new ExpectedFailure(
      'usage',
      'Name the network that you want to join with --network NAME.',
    );
  }
  const key = existsSync(paths.deviceKey) ? pendingKey(paths) : newHome(options, paths);
  return { key, requested: { network, user, preferredUid: localUid() } };
}

/** Asked before and not answered yet: the key stays, so that an answer on its way still fits. */
function pendingKey(paths: HomePaths): DeviceKey {
  const key = readDeviceKey(readFileSync(paths.deviceKey, 'utf8'));
  if (key !== undefined) return key;
  throw new ExpectedFailure(
    'machine',
    `${paths.deviceKey} is damaged; remove ${paths.home} and begin anew.`,
  );
}

function newHome({ listen = [defaultListen()] }: Options, paths: HomePaths): DeviceKey {
  const key = createDeviceKey();
  const config = { path: 'config.toml', data: initialConfig({ listen, connect: [] }) };
  createHome(paths.home, [deviceKeyFile(key), config], realDisk);
  return key;
}
