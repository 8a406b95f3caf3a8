import { createControlClient } from '../control/client.ts';
import type { SignReply } from '../control/daemon-control.ts';
import type { Command } from 'commander';
import { systemClock } from '../platform/clock.ts';
import { lockHome } from '../storage/data-directory-lock.ts';
import { homePaths, type HomePaths } from '../storage/data-directory-paths.ts';
import { requireHome } from '../storage/data-directory.ts';
import { realDisk } from '../storage/disk.ts';
import { ExpectedFailure } from '../util/expected-failure.ts';
import { readInput, writeOutput } from './files.ts';
import { durationOption, userArgument } from './options.ts';
import { formatTime } from './print.ts';
import type { Home } from './program.ts';

interface Options {
  readonly user?: string;
  readonly valid: number;
  readonly output?: string;
}

const yearMs = 365 * 24 * 60 * 60 * 1000;

export function addCertificateSign(group: Command, home: Home): void {
  group
    .command('sign')
    .description("admit the maker of a request; prints the certificate and the authority's")
    .argument('<file>', 'the request in PEM; - is standard input')
    .option('--user <user>', 'refuse unless the request is for this user', userArgument)
    .option('--valid <duration>', 'how long the certificate is to be valid', durationOption, yearMs)
    .option('--output <file>', 'where to write it (default: standard output)')
    .action(async (file: string, options: Options) => {
      const reply = await sign(homePaths(home()), readInput(file), options);
      writeOutput(options.output, reply.answerText);
      const { user, uid, device, expiresAtMs } = reply;
      // On stderr, since stdout may be the certificate.
      process.stderr.write(
        `Signed for ${user}, uid ${uid}, device ${device}, valid until ${formatTime(expiresAtMs)}.\n`,
      );
    });
}

/** By the daemon when it runs, since it holds the register; else here, holding the home meanwhile. */
async function sign(
  paths: HomePaths,
  text: string,
  { user = null, valid }: { user?: string | null; valid: number },
): Promise<SignReply> {
  requireHome(paths);
  try {
    return await createControlClient(paths.controlSocket).sign(text, user, valid);
  } catch (error) {
    if (!(error instanceof ExpectedFailure) || error.kind !== 'missing') throw error;
  }
  const lock = await lockHome(paths, realDisk);
  try {
    return await signHere(paths, text, user, valid);
  } finally {
    await lock.release();
  }
}

async function signHere(
  paths: HomePaths,
  text: string,
  user: string | null,
  validMs: number,
): Promise<SignReply> {
  const { openAuthority } = await import('../identity/authority.ts');
  const { signRequestFile } = await import('../identity/offline.ts');
  const authority = openAuthority(paths, realDisk, systemClock);
  return signRequestFile(authority, text, { expectedUser: user, validMs });
}
