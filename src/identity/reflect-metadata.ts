// @peculiar/x509 registers its algorithms in a container (tsyringe) that keeps its notes by the `Reflect` metadata functions, which
// JavaScript never got. These four are all that it calls. Import this before '@peculiar/x509'.

type Notes = Map<unknown, unknown>;
type Decorator = (target: object) => void;

const notesByTarget = new WeakMap<object, Notes>();

function define(key: unknown, value: unknown, target: object): void {
  const notes = notesByTarget.get(target) ?? new Map<unknown, unknown>();
  notesByTarget.set(target, notes.set(key, value));
}

function getOwn(key: unknown, target: object): unknown {
  return notesByTarget.get(target)?.get(key);
}

function get(key: unknown, target: object): unknown {
  for (
    let at: object | null = target;
    at !== null;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    if (notesByTarget.get(at)?.has(key) === true) return getOwn(key, at);
  }
  return undefined;
}

function metadata(key: unknown, value: unknown): Decorator {
  return (target) => define(key, value, target);
}

// Whoever has brought a complete implementation keeps it.
if (!('getMetadata' in Reflect)) {
  Object.assign(Reflect, {
    defineMetadata: define,
    getMetadata: get,
    getOwnMetadata: getOwn,
    metadata,
  });
}
