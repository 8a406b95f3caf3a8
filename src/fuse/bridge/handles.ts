import { posixErrors } from '../../vfs/posix-error.ts';

/** What is open, by the number under which the kernel knows it. Numbers are small and used again. */
export class HandleTable<Handle extends object> {
  readonly #slots: (Handle | undefined)[] = [];
  readonly #free: number[] = [];

  add(handle: Handle): number {
    const number = this.#free.pop() ?? this.#slots.length;
    this.#slots[number] = handle;
    return number;
  }

  /** Throws EBADF for a number that is not in use, which the kernel never sends. */
  get(number: number): Handle {
    const handle = this.#slots[number];
    if (handle === undefined) throw posixErrors.EBADF;
    return handle;
  }

  remove(number: number): Handle {
    const handle = this.get(number);
    this.#slots[number] = undefined;
    this.#free.push(number);
    return handle;
  }

  /** Empties the table and returns what was in it. */
  drain(): Handle[] {
    this.#free.length = 0;
    return this.#slots.splice(0).filter((handle) => handle !== undefined);
  }
}
