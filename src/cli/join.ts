import type { Command } from 'commander';
import { initialConfig } from '../config/edit.ts';
import { maximumConfiguredAddresses } from '../config/schema.ts';
import type { DeviceKey } from '../identity/device-key.ts';
import type { Membership } from '../identity/join.ts';
import { parseToken, type Token } from '../identity/token.ts';
import { systemClock } from '../platform/clock.ts';
import { createHome, requireVacant } from '../storage/data-directory-create.ts';
import { realDisk } from '../storage/disk.ts';
import { ExpectedFailure } from '../util/expected-failure.ts';
import { defaultListen, localUid } from './local-person.ts';
import { listenOption } from './options.ts';
import { print } from './print.ts';
import type { Home } from './program.ts';

export function addJoin(program: Command, home: Home): void {
  program
    .command('join')
    .description('join a network by invitation')
    .argument('<token>', 'what "peerfuse invite" printed')
    .option('--listen <host:port>', 'where peers reach this one; may be repeated', listenOption)
    .action((token: string, { listen }: { listen?: string[] }) =>
      join(readToken(token), listen ?? [defaultListen()], home()),
    );
}

function readToken(text: string): Token {
  const token = parseToken(text);
  if ('problem' in token) throw new ExpectedFailure('usage', token.problem);
  return token;
}

// Nothing is written before membership is complete, and then all at once: a join that fails can simply be repeated.
async function join(token: Token, listen: readonly string[], home: string): Promise<void> {
  requireVacant(home);
  const { createDeviceKey } = await import('../identity/device-key.ts');
  const { membershipFiles } = await import('../identity/membership-files.ts');
  const key = createDeviceKey();
  const membership = await enrol(token, key);
  const connect = [...new Set([...membership.addresses, ...token.addresses])];
  const config = initialConfig({ listen, connect: connect.slice(0, maximumConfiguredAddresses) });
  const files = [...membershipFiles({ key, ...membership }), { path: 'config.toml', data: config }];
  createHome(home, files, realDisk);
  const { user, uid, device } = membership.certificate;
  print(`Joined network ${token.network} (${token.flavour}) in ${home}.`);
  print(`You are ${user}, uid ${uid}, on device ${device}. Next: "peerfuse mount DIR".`);
}

async function enrol(token: Token, key: DeviceKey): Promise<Membership> {
  const { acceptEnrolmentAnswer, makeEnrolmentRequest } = await import('../identity/join.ts');
  const { enrol: transport } = await import('../network/enrolment/enrol.ts');
  const request = await makeEnrolmentRequest(token, key, localUid());
  const answer = await transport(token.addresses, token.authorityFingerprint, request);
  const membership = acceptEnrolmentAnswer(answer, token, key, systemClock.nowMs());
  if (!('refused' in membership)) return membership;
  throw new ExpectedFailure(
    'refused',
    `The network did not admit this machine: ${membership.refused}; ask for a new token.`,
  );
}
