import { native } from '../../platform/native.ts';
import type { FileState } from '../file/file-state.ts';
import { stopBringing } from './aside.ts';
import { endMappedWrites, expectMappedWrites, sawMappedWrite } from './mapped-writes.ts';
import { isWhole } from './whole.ts';

/** The backing file of a file in use, for whoever lets the kernel read it without asking for each read. */
export interface BackingAccess {
  /** All of the file is here and right. Of a very large one that may become known some openings later. */
  isWhole(): boolean;
  /**
   * From now on the file stays whole: another version is adopted only when all that differs in it is here, see ContentStore.bringAside;
   * until then adopting rejects with ContentUnavailable.
   */
  keepWhole(on: boolean): void;
  /** The open backing file. Good until control returns to the event loop. */
  descriptor(): number;
  /** Somebody has the backing file open or mapped besides this store. True as well where the disk file system cannot tell. */
  isHeldElsewhere(): boolean;
  /** The bytes may be changed through a shared memory map from when this resolves: `publish` looks for that, until `endMappedWrites`. */
  expectMappedWrites(): Promise<void>;
  /** There may be a change that was made through a memory map and is not in a version. */
  sawMappedWrite(): boolean;
  endMappedWrites(): void;
}

export class FileBackingAccess implements BackingAccess {
  readonly #state: FileState;

  constructor(state: FileState) {
    this.#state = state;
  }

  isWhole(): boolean {
    return isWhole(this.#state);
  }

  keepWhole(on: boolean): void {
    this.#state.staysWhole = on;
    if (!on) stopBringing(this.#state);
  }

  descriptor(): number {
    const { backing, size } = this.#state;
    return backing.made(size).number;
  }

  isHeldElsewhere(): boolean {
    return native.isHeldElsewhere(this.descriptor()) !== 0;
  }

  expectMappedWrites(): Promise<void> {
    return expectMappedWrites(this.#state);
  }

  sawMappedWrite(): boolean {
    return sawMappedWrite(this.#state);
  }

  endMappedWrites(): void {
    endMappedWrites(this.#state);
  }
}
