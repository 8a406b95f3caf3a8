import type { CoordinatorMessage } from './messages.ts';

/** What a coordinator needs of the peer that it is part of. */
export interface CoordinatorEnvironment {
  readonly self: number;
  monotonicMs(): number;
  send(to: number, message: CoordinatorMessage): void;
  coordinatorOf(inode: number): number;
  /** Whether whoever is at this device may open the file; undefined while the file is not known here. */
  mayLock(device: number, inode: number): boolean | undefined;
  /** No sound peer does this. */
  misbehaves(device: number, how: string): void;
  /** Whether this batch of the device is here. */
  hasBatch(device: number, sequence: number): boolean;
}
