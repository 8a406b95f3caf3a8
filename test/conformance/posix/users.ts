/** The people of the stories. Their numbers are nobody's on ordinary machines. */
export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

const team = 64_200;

export const users: Readonly<Record<string, User>> = {
  root: { uid: 0, gid: 0, groups: [] },
  alice: { uid: 64_101, gid: 64_101, groups: [team] },
  bob: { uid: 64_102, gid: 64_102, groups: [team] },
  carol: { uid: 64_103, gid: 64_103, groups: [] },
};

/** `alice2` is another process of alice's. */
export function userOf(actor: string): User {
  const user = users[actor.replace(/\d+$/, '')];
  if (user === undefined) throw new Error(`Nobody is called ${actor}.`);
  return user;
}

/** The number for which `@name` stands in stories: a user's, which is also his own group's, or a group's. */
export function numberOf(name: string): number {
  return name === 'team' ? team : userOf(name).uid;
}
