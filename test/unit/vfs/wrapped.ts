export type AnyFunction = (...parameters: never[]) => unknown;

/** The same object but for one method. */
export function wrapped<T extends object>(
  target: T,
  method: keyof T,
  replace: (original: AnyFunction) => AnyFunction,
): T {
  return new Proxy(target, {
    get(object, key) {
      const value: unknown = Reflect.get(object, key, object);
      if (typeof value !== 'function') return value;
      if (key === method) return replace(value as AnyFunction);
      return (...parameters: never[]) => (value as AnyFunction).apply(object, parameters);
    },
  });
}
