/** A run of bytes within a block, half-open. */
export interface Extent {
  readonly from: number;
  readonly to: number;
}

/** More pieces than this in one block are not kept apart: the block counts as changed as a whole. */
const maximumExtents = 64;

/** The extents with one more; undefined when they are too many to keep. Those that touch become one. */
export function addExtent(extents: readonly Extent[], added: Extent): Extent[] | undefined {
  if (added.to <= added.from) return [...extents];
  const apart = extents.filter(({ from, to }) => to < added.from || from > added.to);
  const joined = extents.filter(({ from, to }) => to >= added.from && from <= added.to);
  const from = Math.min(added.from, ...joined.map((extent) => extent.from));
  const to = Math.max(added.to, ...joined.map((extent) => extent.to));
  const all = [...apart, { from, to }];
  return all.length > maximumExtents ? undefined : all;
}
