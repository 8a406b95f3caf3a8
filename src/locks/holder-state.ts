import type { LockRequest } from './arbiter.ts';
import type { LockKind } from './file-locks.ts';
import { HeldFile, type Wish } from './held-file.ts';
import { excludes, lockRead } from './lock-table.ts';
import type { HolderMessage } from './messages.ts';
import type { Position } from './position.ts';

export interface HolderEnvironment {
  readonly self: number;
  monotonicMs(): number;
  send(to: number, message: HolderMessage): void;
  coordinatorOf(inode: number): number;
  /** Tells the others what was written to the file here; undefined when that is done already. Never rejects. */
  publish(inode: number): Promise<void> | undefined;
  /** The last batch of this device's log that others can have. */
  position(): number;
  /**
   * Until the file can be read here as it was when these positions were reached; undefined when it can. Takes out what is reached. Rejects
   * when that cannot be.
   */
  reach(inode: number, required: Map<number, number>): Promise<void> | undefined;
  /** What the coordinator and this peer believe may differ: everything is to begin anew. */
  beginAnew(): void;
}

/** What the parts of a holder share. */
export class HolderState {
  readonly environment: HolderEnvironment;
  readonly files = new Map<number, HeldFile>();
  /** Those that are not settled. */
  readonly wishes = new Map<number, Wish>();
  /** Positions that were told and are not reached. */
  readonly required = new Map<number, number>();
  /** Files whose locks others hold too, with one of them. */
  readonly contested = new Map<number, number>();
  /** Ranges in all files. */
  held = 0;
  /** As Holder.release. */
  readonly release: (
    inode: number,
    kind: LockKind,
    owner: string,
    start: Position,
    end: Position,
  ) => void;

  /** Puts a wish after all that was asked so far. */
  readonly again: (wish: Wish) => void;

  constructor(
    environment: HolderEnvironment,
    release: HolderState['release'],
    again: HolderState['again'],
  ) {
    this.environment = environment;
    this.release = release;
    this.again = again;
  }

  fileOf(inode: number): HeldFile {
    const known = this.files.get(inode);
    if (known !== undefined) return known;
    const file = new HeldFile(inode, (_device, ranges) => (this.held += ranges));
    this.files.set(inode, file);
    return file;
  }

  forgetIfDone(file: HeldFile): void {
    if (file.delegated || !file.isEmpty || this.files.get(file.inode) !== file) return;
    this.files.delete(file.inode);
    this.contested.delete(file.inode);
  }

  /** To the coordinator of the file. */
  send({ inode }: HeldFile, message: HolderMessage): void {
    this.environment.send(this.environment.coordinatorOf(inode), message);
  }
}

/** Whether a lock to write becomes one to read: others may read what was written from then on. */
export function isDowngrade(file: HeldFile, { kind, owner, type, start, end }: LockRequest) {
  const ranges = file.arbiter.locks.tables[kind].of(owner.key)?.ranges ?? [];
  return type === lockRead && ranges.some((held) => excludes(held, type, start, end));
}

export function holdsOf(file: HeldFile, { kind, owner, start, end }: LockRequest): boolean {
  return file.arbiter.locks.tables[kind].overlaps(owner.key, start, end);
}

/** What cannot fail is over. */
export async function whenDone(work: Promise<void>, proceed: () => void): Promise<void> {
  await work;
  proceed();
}
