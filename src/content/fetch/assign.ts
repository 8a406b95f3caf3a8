import type { FileId } from '../version.ts';
import { begin, mayHave, type FetchRequest, type SourceState, type Swarm } from './swarm.ts';

/** Blocks that are wanted, none of them here. The list of wants is in order of importance. */
export interface Want {
  readonly file: FileId;
  readonly first: number;
  readonly count: number;
  readonly blockSize: number;
  /** `waiting`: a process waits for it. `ahead`: one will soon. `background`: nobody does. */
  readonly urgency: 'waiting' | 'ahead' | 'background';
}

/** Blocks in a request: 1 MiB of the usual ones. More would only delay what comes behind it. */
export const maximumRequestBlocks = 16;

/** What a source gets to do before it has shown what it can. */
const firstOutstandingBytes = 4 * 1024 * 1024;

/** Work that nobody waits for is queued at a source for about so long, so that the link never idles and a seek is soon served. */
const queueAheadMs = 1_000;
const maximumOutstandingBytes = 64 * 1024 * 1024;

/** Assumed of the first source ever, in bytes per millisecond. */
const unknownRate = 10_000;

/** A request is not late before this, whatever was expected. */
const minimumLateMs = 250;

/** Sources that are asked for one block at the same time, at most. */
const maximumCopies = 3;

/**
 * Decides who is asked for what now, and notes it in the swarm: each run of blocks goes to the source with the shortest queue in time;
 * what is late is asked for again elsewhere, but only when somebody waits for it or will soon. After libtorrent's streaming scheduler.
 */
export function assign(swarm: Swarm, wants: Iterable<Want>, nowMs: number): FetchRequest[] {
  const requests: FetchRequest[] = [];
  if (swarm.sources.size === 0) return requests;
  for (const want of wants) assignWant(swarm, want, nowMs, requests);
  return requests;
}

function assignWant(swarm: Swarm, want: Want, nowMs: number, requests: FetchRequest[]): void {
  const end = want.first + want.count;
  for (let block = want.first; block < end;) {
    const source = askable(swarm, want, block, nowMs)
      ? bestSource(swarm, want, block, nowMs)
      : undefined;
    if (!source) {
      block += 1;
      continue;
    }
    let count = 1;
    while (
      count < maximumRequestBlocks &&
      block + count < end &&
      askable(swarm, want, block + count, nowMs) &&
      eligible(swarm, source, want, block + count, nowMs)
    ) {
      count += 1;
    }
    const request = makeRequest(swarm, source, want, block, count, nowMs);
    begin(swarm, request);
    requests.push(request);
    block += count;
  }
}

/** Not under way anywhere, or late everywhere. What was cancelled may still write and has to end first. */
function askable(swarm: Swarm, want: Want, block: number, nowMs: number): boolean {
  const under = swarm.inFlight.get(want.file)?.get(block);
  if (!under) return true;
  if (under.some(({ cancelled, source }) => cancelled && swarm.sources.has(source))) return false;
  const live = under.filter(({ source }) => swarm.sources.has(source));
  if (live.length === 0) return true;
  if (want.urgency === 'background' || live.length >= maximumCopies) return false;
  return live.every((request) => isLate(swarm, request, nowMs));
}

export function isLate(swarm: Swarm, request: FetchRequest, nowMs: number): boolean {
  const source = swarm.sources.get(request.source);
  if (!source) return true;
  const allowed = request.expectedMs * (source.lateness + 2 * source.latenessDeviation);
  return nowMs - request.askedAtMs > Math.max(minimumLateMs, allowed);
}

function bestSource(
  swarm: Swarm,
  want: Want,
  block: number,
  nowMs: number,
): SourceState | undefined {
  let best: SourceState | undefined;
  let bestMs = Infinity;
  for (const source of swarm.sources.values()) {
    if (!eligible(swarm, source, want, block, nowMs)) continue;
    const queueMs = (source.outstandingBytes + want.blockSize) / rateOf(swarm, source);
    if (queueMs < bestMs) [best, bestMs] = [source, queueMs];
  }
  return best;
}

function eligible(
  swarm: Swarm,
  source: SourceState,
  want: Want,
  block: number,
  nowMs: number,
): boolean {
  if (!mayHave(source, want.file, block, nowMs)) return false;
  const under = swarm.inFlight.get(want.file)?.get(block);
  if (under?.some((request) => request.source === source.id)) return false;
  return want.urgency === 'waiting' || source.outstandingBytes < roomOf(source);
}

function roomOf(source: SourceState): number {
  if (source.bytesPerMs === undefined) return firstOutstandingBytes;
  const room = source.bytesPerMs * queueAheadMs;
  return Math.min(maximumOutstandingBytes, Math.max(firstOutstandingBytes, room));
}

/** A source that has not answered yet is taken to be as fast as the others are on average. */
function rateOf(swarm: Swarm, source: SourceState): number {
  if (source.bytesPerMs !== undefined) return source.bytesPerMs;
  const known = [...swarm.sources.values()].flatMap(({ bytesPerMs }) => bytesPerMs ?? []);
  if (known.length === 0) return unknownRate;
  return known.reduce((sum, rate) => sum + rate, 0) / known.length;
}

function makeRequest(
  swarm: Swarm,
  source: SourceState,
  want: Want,
  first: number,
  count: number,
  nowMs: number,
): FetchRequest {
  const bytes = count * want.blockSize;
  const expectedMs = (source.outstandingBytes + bytes) / rateOf(swarm, source);
  return {
    ...{ id: swarm.nextRequest++, source: source.id, file: want.file, first, count, bytes },
    ...{ askedAtMs: nowMs, expectedMs, cancelled: false },
  };
}
