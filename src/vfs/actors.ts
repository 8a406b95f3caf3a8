import type { Acting } from '../metadata/operation.ts';
import type { Actors } from './context.ts';
import type { ShownNumbers } from './shown-numbers.ts';

/** On `net` every request acts as the user of this device, whoever the local process is; his group has his number. */
export function networkUserActors(user: Acting, shown: ShownNumbers): Actors {
  return {
    actingOf: () => user,
    publisherOf: () => user,
    groupOf: () => user.uid,
    // Whatever process asks acts as the user, so its own numbers mean him: `cp -a` gives a copy to whoever makes it.
    ownersOf: (caller, change) => ({
      ...change,
      ...(change.uid !== undefined && {
        uid: change.uid === caller.uid ? user.uid : shown.user(change.uid),
      }),
      ...(change.gid !== undefined && {
        gid: change.gid === caller.gid ? user.uid : shown.group(change.gid),
      }),
    }),
  };
}

/** On `lan` the local process acts. Its other groups do not matter here: the kernel has checked what they allow. */
export const localProcessActors: Actors = {
  actingOf: (caller) => ({ uid: caller.uid, gids: [caller.gid] }),
  publisherOf: ({ uid, gid }) => ({ uid, gids: [gid] }),
  groupOf: (caller) => caller.gid,
  ownersOf: (_caller, change) => change,
};
