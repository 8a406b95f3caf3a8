import type { Reader } from '../content-store.ts';
import type { FileState } from '../file/file-state.ts';
import { spanOf, type BlockSpan } from '../file/residency.ts';
import { maximumRequestBlocks, type Want } from './assign.ts';

/** Somebody waits for blocks of a file. */
export interface Wait {
  readonly span: BlockSpan;
  /** Checks whether it is over. */
  done(): boolean;
  finish(error?: unknown): void;
  /** When something last came for this file. */
  progressAtMs: number;
}

/** What is wanted of one file. */
export interface Demand {
  readonly state: FileState;
  readonly waits: Set<Wait>;
  readonly readers: Set<Reader>;
  /** Blocks that are being changed here: nothing may be fetched into them. */
  readonly frozen: Set<BlockSpan>;
  readonly bytesBySource: Map<string, number>;
}

/** What stands between a block and its reader, besides fetching it. Each is started as soon as it is found, and said once per block. */
export interface Obstacles {
  pageMissing(state: FileState, block: number): void;
  suspect(state: FileState, block: number): void;
}

export function newDemand(state: FileState): Demand {
  return {
    ...{ state, waits: new Set<Wait>(), readers: new Set<Reader>(), frozen: new Set<BlockSpan>() },
    bytesBySource: new Map(),
  };
}

/** Blocks that processes wait for. */
export function* waitingWants(demand: Demand, obstacles: Obstacles): Generator<Want> {
  for (const { span } of demand.waits) yield* wantsIn(demand, span, 'waiting', obstacles);
}

/** Blocks in the windows of the readers; a reader whose window is here is taken off until it reads on. */
export function* aheadWants(demand: Demand, obstacles: Obstacles): Generator<Want> {
  for (const reader of demand.readers) {
    const wants = [...wantsIn(demand, windowOf(demand, reader), 'ahead', obstacles)];
    if (reader.closed || (wants.length === 0 && isWindowHere(demand, reader))) {
      demand.readers.delete(reader);
    }
    yield* wants;
  }
}

/** Ends where a whole request ends, so that a window that slides by small reads does not ask for small pieces. */
export function windowOf({ state }: Demand, reader: Reader): BlockSpan {
  const requestBytes = maximumRequestBlocks * state.blockSize;
  const end = Math.ceil((reader.nextPosition + reader.window) / requestBytes) * requestBytes;
  const length = Math.min(end, state.size) - reader.nextPosition;
  return spanOf(
    state.blockSize,
    reader.nextPosition,
    reader.window === 0 ? 0 : Math.max(0, length),
  );
}

function isWindowHere(demand: Demand, reader: Reader): boolean {
  const { first, last } = windowOf(demand, reader);
  for (let block = first; block <= last; block += 1) if (!demand.state.isHere(block)) return false;
  return true;
}

function* wantsIn(
  demand: Demand,
  { first, last }: BlockSpan,
  urgency: Want['urgency'],
  obstacles: Obstacles,
): Generator<Want> {
  const { state } = demand;
  const end = Math.min(last + 1, state.shape.blocks);
  for (let block = first; block < end;) {
    let count = 0;
    while (
      count < maximumRequestBlocks &&
      block + count < end &&
      isFetchable(demand, block + count, obstacles)
    ) {
      count += 1;
    }
    if (count > 0) {
      yield { file: state.file, first: block, count, blockSize: state.blockSize, urgency };
    }
    block += Math.max(1, count);
  }
}

function isFetchable(demand: Demand, block: number, obstacles: Obstacles): boolean {
  const { state } = demand;
  if (state.isHere(block) || isFrozen(demand, block)) return false;
  const slot = state.manifest.leaf(block);
  if (slot && !state.manifest.isSuspect(slot)) return true;
  if (slot) obstacles.suspect(state, block);
  else obstacles.pageMissing(state, block);
  return false;
}

function isFrozen({ frozen }: Demand, block: number): boolean {
  for (const { first, last } of frozen) if (block >= first && block <= last) return true;
  return false;
}
