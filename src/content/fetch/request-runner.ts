import type { Descriptor } from '../backing/descriptors.ts';
import type { FileState } from '../file/file-state.ts';
import type { BlockSpan } from '../file/residency.ts';
import type { StoreContext } from '../store-context.ts';
import type { FileId } from '../version.ts';
import type { BlockOutcome, BlockSource } from './block-source.ts';
import { fetchBlocks } from './either-number.ts';
import { end, type FetchRequest, type Swarm } from './swarm.ts';

export interface RunningRequest {
  readonly state: FileState;
  readonly request: FetchRequest;
  /** As asked for, 32 bytes for each block. */
  readonly hashes: Buffer;
  readonly abort: AbortController;
  /** Resolves when the source writes no more. */
  settled: Promise<void>;
}

/** Carries out requests: each keeps its backing file open until the source has written for the last time. */
export class RequestRunner {
  readonly #context: StoreContext;
  readonly #swarm: Swarm;
  readonly #ended: (running: RunningRequest, outcomes: readonly BlockOutcome[]) => void;
  readonly #byFile = new Map<FileId, Map<number, RunningRequest>>();

  constructor(
    context: StoreContext,
    swarm: Swarm,
    ended: (running: RunningRequest, outcomes: readonly BlockOutcome[]) => void,
  ) {
    this.#context = context;
    this.#swarm = swarm;
    this.#ended = ended;
  }

  run(state: FileState, request: FetchRequest, source: BlockSource): void {
    const { first, count } = request;
    const blocks = Array.from({ length: count }, (_, at) => first + at);
    const hashes = Buffer.concat(blocks.map((block) => state.manifest.hashOf(block)!));
    const abort = new AbortController();
    const running = { state, request, hashes, abort, settled: Promise.resolve() };
    this.#add(running);
    running.settled = this.#carryOut(running, source);
  }

  async #carryOut(running: RunningRequest, source: BlockSource): Promise<void> {
    const { state, hashes, abort } = running;
    const { file, first: firstBlock, count } = running.request;
    const { blockSize } = state;
    const fromLastBlock = state.manifest.geometry.size - (firstBlock + count - 1) * blockSize;
    const lastBlockLength = Math.min(blockSize, fromLastBlock);
    const block = { file, blockSize, firstBlock, hashes, lastBlockLength };
    let outcomes: BlockOutcome[] | undefined;
    let descriptor: Descriptor | undefined;
    try {
      descriptor = this.#context.descriptors.retain(state.backing.made(state.size));
      const request = { ...block, descriptor: descriptor.number };
      outcomes = await fetchBlocks(source, request, state.elsewhere, abort.signal);
    } catch (error) {
      const fields = { source: source.id, file, error: String(error) };
      if (!abort.signal.aborted) this.#context.logger.debug(fields, 'blocks could not be fetched');
    }
    if (descriptor) this.#context.descriptors.release(descriptor);
    this.#finish(running, outcomes);
  }

  /** Asks the source to stop; resolves when it has. */
  cancel(request: FetchRequest): Promise<void> {
    request.cancelled = true;
    const running = this.#byFile.get(request.file)?.get(request.id);
    running?.abort.abort();
    return running?.settled ?? Promise.resolve();
  }

  requestsOf(file: FileId): FetchRequest[] {
    const running = this.#byFile.get(file);
    return running ? Array.from(running.values(), ({ request }) => request) : none;
  }

  async close(): Promise<void> {
    const all = [...this.#byFile.values()].flatMap((running) => Array.from(running.values()));
    await Promise.all(all.map(({ request }) => this.cancel(request)));
  }

  #add(running: RunningRequest): void {
    const { file, id } = running.request;
    let byId = this.#byFile.get(file);
    if (!byId) this.#byFile.set(file, (byId = new Map()));
    byId.set(id, running);
  }

  #finish(running: RunningRequest, outcomes: readonly BlockOutcome[] | undefined): void {
    const { request } = running;
    const byId = this.#byFile.get(request.file);
    byId?.delete(request.id);
    if (byId?.size === 0) this.#byFile.delete(request.file);
    end(this.#swarm, request, outcomes, this.#context.clock.monotonicMs());
    if (outcomes?.includes('bad')) {
      const fields = { source: request.source, file: request.file, block: request.first };
      this.#context.logger.warn(fields, 'a source sent false bytes and is not asked for this file');
    }
    this.#ended(running, outcomes ?? []);
  }
}

const none: FetchRequest[] = [];

export function overlaps({ first, count }: FetchRequest, span: BlockSpan): boolean {
  return first <= span.last && first + count - 1 >= span.first;
}
