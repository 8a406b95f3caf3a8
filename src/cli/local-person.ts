import { hostname, networkInterfaces, userInfo } from 'node:os';
import type { Flavour } from '../config/flavours.ts';
import { flavours } from '../config/flavours.ts';
import { defaultPort } from '../config/listen-address.ts';
import { isUserName } from '../identity/names.ts';
import { ExpectedFailure } from '../util/expected-failure.ts';

/** Who sits here: the name for a new certificate when the command line gives none. */
export function localName(flavour: Flavour): string {
  const isComputer = flavours[flavour].certificateNames === 'computer';
  const name = isComputer ? hostname() : userInfo().username;
  if (isUserName(name)) return name;
  throw new ExpectedFailure(
    'usage',
    `The local name ${JSON.stringify(name)} cannot be a name in the network; choose one with --user.`,
  );
}

/** The uid that this person is used to. */
export function localUid(): number {
  return process.getuid?.() ?? 0;
}

/** Every address of this machine. An IPv6 socket takes IPv4 as well, but there is none where the kernel has no IPv6. */
export function defaultListen(): string {
  const hasIpv6 = Object.values(networkInterfaces())
    .flat()
    .some((address) => address?.family === 'IPv6');
  return hasIpv6 ? `[::]:${defaultPort}` : `0.0.0.0:${defaultPort}`;
}
