import type { Flavour } from '../config/flavours.ts';
import { ExpectedFailure } from '../util/expected-failure.ts';
import type { DaemonOptions, LocalOwner } from './daemon-options.ts';

/** Who the network's user is on this machine: whoever is named, else the user as whom this process runs. */
export function localOwner({ owner }: DaemonOptions, flavour: Flavour): LocalOwner {
  if (owner === null) return { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  if (flavour === 'net') return owner;
  throw new ExpectedFailure(
    'usage',
    'On a `lan` network files belong to the same numbers on every machine: leave --owner out.',
  );
}
