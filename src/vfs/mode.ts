import { groupExecuteBit, setGroupBit, setUserBit } from './flags.ts';

/** What is left of a file's mode when somebody without privileges has changed it: set-group-id stays where it means locking. */
export function withoutPrivileges(mode: number): number {
  const taken = mode & groupExecuteBit ? setUserBit | setGroupBit : setUserBit;
  return mode & ~taken;
}
