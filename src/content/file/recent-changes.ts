import type { Version } from '../version.ts';
import type { Extent } from './extents.ts';
import { sameVersion, type FileState } from './file-state.ts';

/** Versions made here are remembered so long in detail: another one that was made at the same moment has arrived by then. */
const rememberedMs = 10_000;

/** More blocks than this are not remembered: see merge-blocks.ts, which brings as many. */
const maximumBlocks = 256;

/** Versions in a row; a writer that publishes more often within the time is quick enough to conflict with himself only. */
const maximumVersions = 64;

export interface ChangedBlock {
  /** Bytes that were changed; undefined for all of them. */
  readonly extents: readonly Extent[] | undefined;
  /** Of the block before; undefined where there was none, or it was not known. */
  readonly formerHash: Buffer | undefined;
}

/** What was changed from one version to the next. */
export interface RecentChange {
  readonly from: Version;
  readonly to: Version;
  readonly atMs: number;
  /** It grew, and only because something was appended. */
  readonly appended: boolean;
  readonly blocks: ReadonlyMap<number, ChangedBlock>;
}

/** Before the local changes become the version `to`. */
export function rememberChange(state: FileState, to: Version): void {
  const from = state.base;
  const nowMs = state.context.clock.monotonicMs();
  const former = state.recent.filter(({ atMs }) => nowMs - atMs < rememberedMs);
  const wasCut = state.baseBlocks < state.manifest.geometry.blocks || to.size < (from?.size ?? 0);
  if (from === null || wasCut || state.dirty.size > maximumBlocks) {
    // What was taken away cannot be laid over anything.
    state.recent = [];
    return;
  }
  const appended = to.size > from.size && state.appendedFrom === from.size;
  const blocks = new Map<number, ChangedBlock>();
  for (const block of state.dirty.blocks()) {
    const formerHash = block < state.baseBlocks ? state.manifest.hashOf(block) : undefined;
    blocks.set(block, { extents: state.dirty.extentsOf(block), formerHash });
  }
  state.recent = [
    ...former.slice(1 - maximumVersions),
    { from, to, atMs: nowMs, appended, blocks },
  ];
}

/** All that was changed here since the version, up to the base; undefined when that is not known any more. */
export function changesSince(state: FileState, since: Version): RecentChange[] | undefined {
  const changes: RecentChange[] = [];
  let reached = state.base;
  for (const change of state.recent.toReversed()) {
    if (sameVersion(reached, since)) break;
    if (!sameVersion(change.to, reached)) return undefined;
    changes.unshift(change);
    reached = change.from;
  }
  return sameVersion(reached, since) ? changes : undefined;
}
