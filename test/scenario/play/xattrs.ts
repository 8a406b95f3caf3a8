/** What Peerfuse says of a file; nobody sets it. */
export const stateXattr = 'user.peerfuse.state';

/** Those that people set. */
export function xattrsToCompare(xattrs: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...xattrs].filter(([name]) => !name.startsWith('user.peerfuse.')));
}
