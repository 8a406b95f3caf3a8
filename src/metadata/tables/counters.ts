import { countersKey } from './global-key.ts';
import type { Rows } from './rows.ts';

/** Cookies 0, 1 and 2 mean the start, `.` and `..`. */
const firstCookie = 3;

/** What writing a tree's rows counts. */
export interface TreeCounters {
  inodes: number;
  entries: number;
  newCookie(): number;
  save(): void;
}

/** Numbers that change with nearly every commit, in one row. */
export class Counters implements TreeCounters {
  readonly #rows: Rows;
  /** Nodes with a name. */
  inodes = 0;
  entries = 0;
  #nextCookie = firstCookie;

  constructor(rows: Rows) {
    this.#rows = rows;
    this.load();
  }

  load(): void {
    const bytes = this.#rows.get(countersKey);
    this.inodes = bytes?.readDoubleBE(0) ?? 0;
    this.entries = bytes?.readDoubleBE(8) ?? 0;
    this.#nextCookie = bytes?.readDoubleBE(16) ?? firstCookie;
  }

  /** Rising over all directories, so that no name ever gets the cookie of one that is gone. */
  newCookie(): number {
    return this.#nextCookie++;
  }

  /** Of a tree that is to take this one's place. Its names get cookies that no name gets here, since both may be seen. */
  ofReplacement(): TreeCounters {
    const newCookie = () => this.newCookie();
    return { inodes: this.inodes, entries: this.entries, newCookie, save: () => undefined };
  }

  save(): void {
    const bytes = Buffer.allocUnsafe(24);
    bytes.writeDoubleBE(this.inodes, 0);
    bytes.writeDoubleBE(this.entries, 8);
    bytes.writeDoubleBE(this.#nextCookie, 16);
    this.#rows.put(countersKey, bytes);
  }
}
