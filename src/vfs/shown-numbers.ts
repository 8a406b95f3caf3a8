/** Under which number somebody of the tree is known on this machine, or the other way round: both ways are the same. */
export interface ShownNumbers {
  user(number: number): number;
  group(number: number): number;
}

/** A user's number, and the number of the group that his new files have. */
export interface UserNumbers {
  readonly uid: number;
  readonly gid: number;
}

/** Where numbers mean the same on every machine. */
export const equalNumbers: ShownNumbers = { user: (number) => number, group: (number) => number };

/**
 * The network's user is shown as the local one, whom programs and the kernel compare owners with. Whoever has the local one's number in
 * the network is shown under the number that became free: so nobody is taken for somebody else, and whatever a program reads here means
 * the same when it is written back.
 */
export function swappedNumbers(network: UserNumbers, local: UserNumbers): ShownNumbers {
  return {
    user: (number) => swapped(number, network.uid, local.uid),
    group: (number) => swapped(number, network.gid, local.gid),
  };
}

function swapped(number: number, one: number, other: number): number {
  if (number === one) return other;
  return number === other ? one : number;
}
