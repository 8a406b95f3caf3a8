import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { type Action, applyAction, type Files } from './actions.ts';

// What a writer did, outside of the mount: a line before each action, and one after it that is flushed when the action was. After a
// crash everything that has its second line must be there; of the last action, anything between nothing and all of it.

type Line =
  | { readonly begin: Action }
  | { readonly done: true }
  | { readonly found: Found; readonly finished?: number };

/** What was there after a crash of the files that an unfinished action touched: base64, or null for none. */
export type Found = Readonly<Record<string, string | null>>;

export interface LedgerState {
  /** Contents by path in the mount. */
  readonly files: Files;
  readonly unfinished: Action | undefined;
  readonly finished: number;
}

export class Ledger {
  readonly #descriptor: number;

  constructor(path: string) {
    this.#descriptor = openSync(path, 'a');
  }

  begin(action: Action): void {
    this.#append({ begin: action });
  }

  done(isFlushed: boolean): void {
    this.#append({ done: true });
    if (isFlushed) fsyncSync(this.#descriptor);
  }

  /** Settles the unfinished action: from now on this is how it ended. */
  found(found: Found): void {
    this.#append({ found });
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #append(line: Line): void {
    writeSync(this.#descriptor, `${JSON.stringify(line)}\n`);
  }
}

export function readLedger(path: string): LedgerState {
  const files: Files = new Map();
  let unfinished: Action | undefined;
  let finished = 0;
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  for (const line of text.split('\n').slice(0, -1)) {
    const entry = JSON.parse(line) as Line;
    if ('begin' in entry) {
      unfinished = entry.begin;
      continue;
    }
    if ('found' in entry) settle(files, entry.found);
    if ('found' in entry && entry.finished !== undefined) finished = entry.finished - 1;
    if ('done' in entry && unfinished) applyAction(files, unfinished);
    unfinished = undefined;
    finished += 1;
  }
  return { files, unfinished, finished };
}

/** Says the same in fewer lines, so that a long run does not read everything that it ever did again and again. */
export function condenseLedger(path: string): void {
  const { files, unfinished, finished } = readLedger(path);
  if (unfinished !== undefined) throw new Error('an action that was cut short was not settled');
  const found = [...files].map(([file, content]) => [file, content.toString('base64')]);
  const line: Line = { found: Object.fromEntries(found), finished };
  writeFileSync(`${path}.new`, `${JSON.stringify(line)}\n`);
  renameSync(`${path}.new`, path);
}

function settle(files: Files, found: Found): void {
  for (const [path, content] of Object.entries(found)) {
    if (content === null) files.delete(path);
    else files.set(path, Buffer.from(content, 'base64'));
  }
}
