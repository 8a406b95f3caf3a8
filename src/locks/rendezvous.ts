/**
 * The member that coordinates the locks of a file: the one with the highest weight, so that all who know the same members choose the
 * same one, and a member that comes or goes moves only its own share of the files.
 */
export function coordinatorOf(inode: number, members: readonly number[]): number {
  let [chosen, highest] = [members[0] ?? 0, -1];
  for (const member of members) {
    const weight = weigh(inode, member);
    if (weight > highest) [chosen, highest] = [member, weight];
  }
  return chosen;
}

function weigh(inode: number, member: number): number {
  const [low, high] = [inode >>> 0, Math.floor(inode / 2 ** 32)];
  return mix(mix(mix(low) ^ high) ^ Math.imul(member, 0x9e37_79b1));
}

/** Each bit of the result depends on each of the number (the finaliser of MurmurHash3). */
function mix(number: number): number {
  let mixed = number | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
