import { applyAction, type Action, type Files, pathsOf } from '../../crash-loop/actions.ts';

/** Contents of a file, or null for no file. */
type State = Buffer | null;

/** What must be found after a fault: for each file the states between which it may be; one alone is exact. */
export class Promises {
  readonly #now: Files = new Map();
  /** From the last one that was promised on. */
  readonly #states = new Map<string, State[]>();
  readonly #abandoned = new Set<string>();

  /** Whether something that failed touched it, so that nobody knows what it is now. */
  isAbandoned(path: string): boolean {
    return this.#abandoned.has(path);
  }

  has(path: string): boolean {
    return this.#now.has(path);
  }

  begun(action: Action): void {
    // Emptied first, as a state of its own.
    if (action.kind === 'replace') this.#add(action.path, Buffer.alloc(0));
    applyAction(this.#now, action);
    for (const path of pathsOf(action)) this.#add(path, this.#now.get(path) ?? null);
  }

  failed(action: Action): void {
    for (const path of pathsOf(action)) this.#abandoned.add(path);
  }

  /** fsync(2) has returned, or what was done survives whatever is to come. */
  promised(...paths: readonly string[]): void {
    for (const path of paths) {
      if (!this.#abandoned.has(path)) this.#states.set(path, [this.#now.get(path) ?? null]);
    }
  }

  /** A sentence for each file that is not as it was promised. */
  broken(found: Files): string[] {
    return [...this.#states].flatMap(([path, states]) => {
      const content = found.get(path) ?? null;
      return isBetween(states, content) ? [] : [describe(path, states, content)];
    });
  }

  get paths(): string[] {
    return [...this.#states.keys()];
  }

  #add(path: string, state: State): void {
    this.#states.set(path, [...(this.#states.get(path) ?? [null]), state]);
  }
}

/** Each byte is that of one of the states, and the size lies between theirs. */
function isBetween(states: readonly State[], content: State): boolean {
  if (content === null) return states.includes(null);
  const buffers = states.map((state) => state ?? Buffer.alloc(0));
  const sizes = buffers.map(({ length }) => length);
  if (content.length < Math.min(...sizes) || content.length > Math.max(...sizes)) return false;
  return content.every((byte, at) => buffers.some((buffer) => byte === (buffer[at] ?? 0)));
}

function describe(path: string, states: readonly State[], content: State): string {
  const sizes = states.map((state) => state?.length ?? 'none').join(', ');
  return `${path}: found ${content?.length ?? 'none'}, of ${sizes}`;
}
