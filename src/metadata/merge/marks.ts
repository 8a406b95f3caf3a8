import type { AppliedRecord } from '../state/applied-record.ts';
import type { Trace } from '../state/tree-transaction.ts';
import type { TreeKey } from '../state/tree-key.ts';

type Used = Pick<Trace, 'reads' | 'touches'> & { readonly writes: { keys(): Iterable<TreeKey> } };

/** For each row and whole, the youngest operation that read, touched or wrote it. Stamps are text. */
export class Marks {
  readonly #read = new Map<TreeKey, string>();
  readonly #touched = new Map<TreeKey, string>();
  readonly #written = new Map<TreeKey, string>();

  note(stampText: string, used: Used | AppliedRecord): void {
    for (const key of used.reads) raise(this.#read, key, stampText);
    for (const key of used.touches) raise(this.#touched, key, stampText);
    for (const key of used.writes.keys()) raise(this.#written, key, stampText);
  }

  /**
   * True when doing the operation now is as good as having done it before the younger ones: none of them wrote what it read, none
   * read or wrote what it wrote.
   */
  commutes(stampText: string, used: Used): boolean {
    for (const key of used.reads) {
      if (isAfter(this.#written, key, stampText) || isAfter(this.#touched, key, stampText))
        return false;
    }
    for (const key of used.touches) if (isAfter(this.#read, key, stampText)) return false;
    for (const key of used.writes.keys()) {
      if (isAfter(this.#written, key, stampText) || isAfter(this.#read, key, stampText))
        return false;
    }
    return true;
  }
}

function raise(marks: Map<TreeKey, string>, key: TreeKey, stampText: string): void {
  const known = marks.get(key);
  if (known === undefined || known < stampText) marks.set(key, stampText);
}

function isAfter(marks: Map<TreeKey, string>, key: TreeKey, stampText: string): boolean {
  const youngest = marks.get(key);
  return youngest !== undefined && youngest > stampText;
}
