import { createPublicKey, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { certificateFingerprint } from '../identity/certificate.ts';
import { readDeviceKey } from '../identity/device-key.ts';
import { loadIdentity } from '../identity/home-identity.ts';
import { acceptCertificateFiles, type Imported } from '../identity/offline.ts';
import { toPem } from '../identity/pem.ts';
import { systemClock } from '../platform/clock.ts';
import { rememberConnect } from '../storage/data-directory-config.ts';
import { homePaths, type HomePaths } from '../storage/data-directory-paths.ts';
import { writeFileAtomically } from '../storage/data-directory-write.ts';
import { realDisk } from '../storage/disk.ts';
import { ExpectedFailure } from '../util/expected-failure.ts';
import { readInput } from './files.ts';
import { connectOption } from './options.ts';
import { formatTime, print } from './print.ts';
import type { Home } from './program.ts';

interface Options {
  readonly authority?: string;
  readonly connect?: string[];
}

export function addCertificateImport(group: Command, home: Home): void {
  group
    .command('import')
    .description('take the certificate that was made for the request of this peer')
    .argument('<file>', 'what "peerfuse cert sign" printed, or openssl made; - is standard input')
    .option('--authority <file>', "the authority's certificate, when it is not in the same file")
    .option('--connect <host:port>', 'a peer to connect to; may be repeated', connectOption)
    .action((file: string, options: Options) =>
      importCertificate(file, options, homePaths(home())),
    );
}

function importCertificate(file: string, options: Options, paths: HomePaths): void {
  const { authority: authorityFile, connect = [] } = options;
  const files = authorityFile === undefined ? [file] : [file, authorityFile];
  const pinned = existsSync(paths.deviceCertificate) ? loadIdentity(paths).authority : null;
  const imported = acceptCertificateFiles(
    files.map(readInput),
    publicKeyOf(paths),
    pinned,
    systemClock.nowMs(),
  );
  if ('refused' in imported) {
    throw new ExpectedFailure('refused', `${file} was not imported: ${imported.refused}.`);
  }
  if (connect.length > 0) {
    const known = loadConfig(paths.config).connect;
    rememberConnect(paths, [...new Set([...known, ...connect])], realDisk);
  }
  writeMembership(paths, imported);
  describe(imported, pinned === null);
}

function publicKeyOf(paths: HomePaths): KeyObject {
  const key = existsSync(paths.deviceKey)
    ? readDeviceKey(readFileSync(paths.deviceKey, 'utf8'))
    : undefined;
  if (key !== undefined) return createPublicKey(key.privateKey);
  throw new ExpectedFailure(
    'missing',
    `There is no key in ${paths.home} that a certificate could be for; begin with "peerfuse cert request".`,
  );
}

// The device's certificate last: it is what makes this home a member's, so a crash before leaves a request that is still open.
function writeMembership(paths: HomePaths, { certificate, authority }: Imported): void {
  const write = (path: string, der: Buffer): void =>
    writeFileAtomically(realDisk, 'import', path, toPem('CERTIFICATE', der));
  write(paths.authorityCertificate, authority.raw);
  write(paths.deviceCertificate, certificate.der);
}

function describe({ certificate, authority }: Imported, isNew: boolean): void {
  const { network, user, uid, device, notAfterMs } = certificate;
  print(
    `You are ${user}, uid ${uid}, on device ${device} of ${network}, until ${formatTime(notAfterMs)}.`,
  );
  if (!isNew) return print('A daemon that runs uses the new certificate after a restart.');
  print(`Compare the network id with the person who signed: ${certificateFingerprint(authority)}.`);
  print('Next: "peerfuse mount DIR".');
}
