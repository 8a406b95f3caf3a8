/** Sorted at once: about a millisecond for texts. */
const sortedAtOnce = 2048;

/** The items in ascending order. Rests after each piece of work, so that who sorts many can let others run. Takes the array for itself. */
export function* mergeSort<T extends string | number>(items: T[]): Generator<void, T[]> {
  let runs: T[][] = [];
  for (let at = 0; at < items.length; at += sortedAtOnce) {
    runs.push(items.slice(at, at + sortedAtOnce).sort(ascending));
    yield;
  }
  while (runs.length > 1) {
    const longer: T[][] = [];
    for (let at = 0; at < runs.length; at += 2) {
      longer.push(yield* mergeTwo(runs[at] ?? [], runs[at + 1] ?? []));
    }
    runs = longer;
  }
  return runs[0] ?? [];
}

function* mergeTwo<T extends string | number>(one: T[], other: T[]): Generator<void, T[]> {
  const merged: T[] = [];
  let [i, j] = [0, 0];
  while (i < one.length && j < other.length) {
    merged.push(one[i]! <= other[j]! ? one[i++]! : other[j++]!);
    if (merged.length % sortedAtOnce === 0) yield;
  }
  for (; i < one.length; i += 1) merged.push(one[i]!);
  for (; j < other.length; j += 1) merged.push(other[j]!);
  return merged;
}

function ascending<T extends string | number>(one: T, other: T): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
