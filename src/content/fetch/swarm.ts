import type { FileId } from '../version.ts';
import type { BlockOutcome } from './block-source.ts';

// Who has been asked for what, and how fast and how truthful each source has been. Changed only by the functions here and by `assign`,
// from what happened and the time: nothing here acts.

export interface Swarm {
  readonly sources: Map<string, SourceState>;
  readonly requests: Map<number, FetchRequest>;
  /** Requests under way by file and block. */
  readonly inFlight: Map<FileId, Map<number, FetchRequest[]>>;
  nextRequest: number;
}

export interface SourceState {
  readonly id: string;
  /** While it was busy; undefined until its first answer. */
  bytesPerMs: number | undefined;
  outstandingBytes: number;
  lastAnswerMs: number;
  /** Time taken over time expected: mean and mean deviation. */
  lateness: number;
  latenessDeviation: number;
  readonly files: Map<FileId, SourceFile>;
}

export interface SourceFile {
  /** Sent bytes that were not what it claimed: never asked again for this file. */
  bad: boolean;
  /** Blocks that it said it lacks. Believed until `missingUntilMs`. */
  readonly missing: Set<number>;
  missingUntilMs: number;
  /** Answers in a row that held nothing; after some, it is taken to lack the whole file. */
  emptyAnswers: number;
}

export interface FetchRequest {
  readonly id: number;
  readonly source: string;
  readonly file: FileId;
  readonly first: number;
  readonly count: number;
  readonly bytes: number;
  readonly askedAtMs: number;
  /** By the source's queue when it was asked. */
  readonly expectedMs: number;
  /** Nobody wants it any more, but it may still write. */
  cancelled: boolean;
}

/** A source that lacks something is asked again after this, doubled for each empty answer up to the maximum. */
const missingAgainMs = 1_000;
const missingAgainMaximumMs = 30_000;

/** Empty answers after which a source is taken to have nothing of a file. */
export const emptyAnswersForAll = 2;

/** Weight of the newest measurement. */
const smoothing = 0.3;

export function emptySwarm(): Swarm {
  return { sources: new Map(), requests: new Map(), inFlight: new Map(), nextRequest: 1 };
}

/** A peer came, or has news: what it was said to lack it may have now. What it did wrong is not forgotten. */
export function sourceCame(swarm: Swarm, id: string): void {
  const known = swarm.sources.get(id);
  if (known) {
    for (const file of known.files.values()) forgetMissing(file);
    return;
  }
  swarm.sources.set(id, {
    ...{ id, bytesPerMs: undefined, outstandingBytes: 0, lastAnswerMs: 0 },
    ...{ lateness: 1, latenessDeviation: 0.5, files: new Map() },
  });
}

/** A peer went. Its requests are no hindrance to asking others; they end by themselves. */
export function sourceLeft(swarm: Swarm, id: string): FetchRequest[] {
  swarm.sources.delete(id);
  return [...swarm.requests.values()].filter(({ source }) => source === id);
}

function forgetMissing(file: SourceFile): void {
  file.missing.clear();
  file.emptyAnswers = 0;
  file.missingUntilMs = 0;
}

export function sourceFile(source: SourceState, file: FileId): SourceFile {
  let known = source.files.get(file);
  if (!known) {
    known = { bad: false, missing: new Set(), missingUntilMs: 0, emptyAnswers: 0 };
    source.files.set(file, known);
  }
  return known;
}

export function begin(swarm: Swarm, request: FetchRequest): void {
  swarm.requests.set(request.id, request);
  const source = swarm.sources.get(request.source);
  if (source) source.outstandingBytes += request.bytes;
  let byBlock = swarm.inFlight.get(request.file);
  if (!byBlock) swarm.inFlight.set(request.file, (byBlock = new Map()));
  for (let block = request.first; block < request.first + request.count; block += 1) {
    const others = byBlock.get(block);
    if (others) others.push(request);
    else byBlock.set(block, [request]);
  }
}

/** The request writes no more. `outcomes` is undefined when it failed as a whole. */
export function end(
  swarm: Swarm,
  request: FetchRequest,
  outcomes: readonly BlockOutcome[] | undefined,
  nowMs: number,
): void {
  swarm.requests.delete(request.id);
  removeFromBlocks(swarm, request);
  const source = swarm.sources.get(request.source);
  if (!source) return;
  source.outstandingBytes = Math.max(0, source.outstandingBytes - request.bytes);
  if (outcomes) learn(source, request, outcomes, nowMs);
  // A source that fails is left alone for a while, like one that has nothing.
  else if (!request.cancelled) {
    learn(source, request, Array<BlockOutcome>(request.count).fill('missing'), nowMs);
  }
  source.lastAnswerMs = nowMs;
}

function removeFromBlocks(swarm: Swarm, request: FetchRequest): void {
  const byBlock = swarm.inFlight.get(request.file);
  if (!byBlock) return;
  for (let block = request.first; block < request.first + request.count; block += 1) {
    const others = byBlock.get(block)?.filter((other) => other !== request) ?? [];
    if (others.length > 0) byBlock.set(block, others);
    else byBlock.delete(block);
  }
  if (byBlock.size === 0) swarm.inFlight.delete(request.file);
}

function learn(
  source: SourceState,
  request: FetchRequest,
  outcomes: readonly BlockOutcome[],
  nowMs: number,
): void {
  const file = sourceFile(source, request.file);
  const stored = outcomes.filter((outcome) => outcome === 'stored').length;
  if (outcomes.includes('bad')) file.bad = true;
  if (stored > 0) {
    file.emptyAnswers = 0;
    measure(source, request, (request.bytes * stored) / request.count, nowMs);
  } else file.emptyAnswers += 1;
  if (!outcomes.includes('missing')) return;
  outcomes.forEach((outcome, at) => {
    if (outcome === 'missing') file.missing.add(request.first + at);
  });
  const backOff = missingAgainMs * 2 ** Math.max(0, file.emptyAnswers - 1);
  file.missingUntilMs = nowMs + Math.min(missingAgainMaximumMs, backOff);
}

function measure(source: SourceState, request: FetchRequest, bytes: number, nowMs: number): void {
  const busyMs = Math.max(0.1, nowMs - Math.max(request.askedAtMs, source.lastAnswerMs));
  const rate = bytes / busyMs;
  source.bytesPerMs = mix(source.bytesPerMs ?? rate, rate);
  const lateness = (nowMs - request.askedAtMs) / Math.max(1, request.expectedMs);
  const deviation = Math.abs(lateness - source.lateness);
  source.latenessDeviation = mix(source.latenessDeviation, deviation);
  source.lateness = mix(source.lateness, lateness);
}

function mix(old: number, newest: number): number {
  return old + smoothing * (newest - old);
}

/** Whether the source may be asked for this block now. */
export function mayHave(source: SourceState, file: FileId, block: number, nowMs: number): boolean {
  const known = source.files.get(file);
  if (!known) return true;
  if (known.bad) return false;
  if (nowMs >= known.missingUntilMs) {
    known.missing.clear();
    return true;
  }
  return known.emptyAnswers < emptyAnswersForAll && !known.missing.has(block);
}
