/** Leaves out elements as long as what is left goes on to fail, for at most so long: halves first, then less and less, single ones at last. */
export async function shorten<T>(
  elements: readonly T[],
  stillFails: (rest: readonly T[]) => Promise<boolean>,
  forMs: number,
): Promise<readonly T[]> {
  const endMs = performance.now() + forMs;
  let kept = elements;
  for (let size = Math.ceil(kept.length / 2); size >= 1;) {
    let shorter = false;
    for (let at = 0; at < kept.length && performance.now() < endMs;) {
      const rest = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (rest.length < kept.length && (await stillFails(rest))) {
        kept = rest;
        shorter = true;
      } else at += size;
    }
    if (performance.now() >= endMs || (size === 1 && !shorter)) break;
    size = Math.max(1, Math.floor(size / 2));
  }
  return kept;
}
