import { ContentUnavailable, type Reader, type Transfer } from '../content-store.ts';
import type { FileState } from '../file/file-state.ts';
import type { BlockSpan } from '../file/residency.ts';
import { verifySlot } from '../file/verify.ts';
import { pageOfBlock } from '../merkle/geometry.ts';
import type { StoreContext } from '../store-context.ts';
import type { FileId } from '../version.ts';
import { assign } from './assign.ts';
import type { BlockOutcome, BlockSource } from './block-source.ts';
import {
  aheadWants,
  newDemand,
  waitingWants,
  windowOf,
  type Demand,
  type Obstacles,
  type Wait,
} from './demand.ts';
import { fetchAside } from './fetch-aside.ts';
import { PageFetcher } from './page-fetcher.ts';
import { overlaps, RequestRunner, type RunningRequest } from './request-runner.ts';
import { emptySwarm, sourceCame, sourceLeft } from './swarm.ts';

/** How often waits are looked at for lateness and for the end of patience. */
const tickMs = 100;

/** Newly resident blocks are noted in the map files after this. */
const saveMs = 250;

/** Sources get this long to end their requests when the store closes. */
const closeMs = 5_000;

/** Brings missing blocks for readers and writers: collects what is wanted, lets `assign` decide, and carries it out. */
export class Fetcher {
  readonly waitForPeersMs: number;
  readonly pages: PageFetcher;
  readonly #context: StoreContext;
  readonly #swarm = emptySwarm();
  readonly #sources = new Map<string, BlockSource>();
  readonly #demands = new Map<FileId, Demand>();
  readonly #unsaved = new Set<FileState>();
  readonly #runner: RequestRunner;
  #pumpPlanned = false;
  #ticking = false;
  #saving = false;
  #closed = false;

  constructor(context: StoreContext, waitForPeersMs: number) {
    this.#context = context;
    this.waitForPeersMs = waitForPeersMs;
    const { clock, logger } = context;
    this.pages = new PageFetcher(() => this.#sourcesByQueue(), clock, logger);
    this.#runner = new RequestRunner(context, this.#swarm, (running, outcomes) =>
      this.#ended(running, outcomes),
    );
  }

  addSource(source: BlockSource): void {
    this.#sources.set(source.id, source);
    sourceCame(this.#swarm, source.id);
    this.pages.forgetFailures();
    this.#planPump();
  }

  removeSource(id: string): void {
    this.#sources.delete(id);
    for (const request of sourceLeft(this.#swarm, id)) void this.#runner.cancel(request);
    this.#planPump();
  }

  /** Resolves when `done` says so. */
  wait(
    state: FileState,
    span: BlockSpan,
    done: () => boolean,
    signal?: AbortSignal,
  ): Promise<void> {
    if (done()) return Promise.resolve();
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    const demand = this.#demand(state);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const aborted = (): void => wait.finish(signal?.reason);
    const finish = (error?: unknown): void => {
      demand.waits.delete(wait);
      signal?.removeEventListener('abort', aborted);
      if (error === undefined) resolve();
      else reject(error);
    };
    const wait: Wait = { span, done, finish, progressAtMs: this.#context.clock.monotonicMs() };
    signal?.addEventListener('abort', aborted, { once: true });
    demand.waits.add(wait);
    this.#planPump();
    return promise;
  }

  /** See fetchAside. The manifest page is brought first where it is missing. */
  async fetchAside(state: FileState, block: number, signal: AbortSignal): Promise<Buffer> {
    const index = pageOfBlock(block);
    const deadlineMs = this.#context.clock.monotonicMs() + this.waitForPeersMs;
    for (let page = state.manifest.missingOnTheWay(0, index); page && !signal.aborted;) {
      await this.pages.bring(state, page, signal, deadlineMs);
      page = state.manifest.missingOnTheWay(0, index);
    }
    signal.throwIfAborted();
    return fetchAside(state, block, this.#sourcesByQueue(), signal);
  }

  /** Blocks came by another way. */
  arrived(): void {
    this.#planPump();
  }

  /** Keeps the reader's window coming. */
  follow(state: FileState, reader: Reader): void {
    const demand = this.#demand(state);
    if (!demand.readers.has(reader)) demand.readers.add(reader);
    this.#planPump();
  }

  /** After a seek: what is under way for the old place and nobody else wants is given up. */
  collapse(state: FileState): void {
    const demand = this.#demands.get(state.file);
    if (!demand) return;
    const spans = [...demand.waits].map(({ span }) => span);
    for (const reader of demand.readers) spans.push(windowOf(demand, reader));
    for (const request of this.#runner.requestsOf(state.file)) {
      if (!spans.some((span) => overlaps(request, span))) void this.#runner.cancel(request);
    }
  }

  isFetching(state: FileState, span: BlockSpan): boolean {
    return this.#runner.requestsOf(state.file).some((request) => overlaps(request, span));
  }

  /** Whether anything here still holds on to the file. */
  isBusy(state: FileState): boolean {
    const demand = this.#demands.get(state.file);
    if (!demand) return this.#runner.requestsOf(state.file).length > 0;
    return (
      demand.waits.size > 0 ||
      demand.frozen.size > 0 ||
      this.#runner.requestsOf(state.file).length > 0
    );
  }

  /** Ends all fetching into the blocks; resolves once nobody writes there. None starts until the returned function is called. */
  async quiesce(state: FileState, span: BlockSpan): Promise<() => void> {
    const { frozen } = this.#demand(state);
    frozen.add(span);
    const requests = this.#runner.requestsOf(state.file).filter((one) => overlaps(one, span));
    await Promise.all(requests.map((request) => this.#runner.cancel(request)));
    return () => {
      frozen.delete(span);
      this.#planPump();
    };
  }

  /** Nothing is ever to be fetched into it again; resolves once nobody writes there. */
  async forget(state: FileState): Promise<void> {
    await this.quiesce(state, { first: 0, last: Infinity });
    this.#demands.delete(state.file);
    this.#unsaved.delete(state);
  }

  /** The file is not open any more. */
  release(state: FileState): void {
    const demand = this.#demands.get(state.file);
    if (!demand) return;
    demand.readers.clear();
    this.collapse(state);
    if (!this.isBusy(state)) this.#demands.delete(state.file);
  }

  transfers(): Transfer[] {
    return [...this.#demands.values()]
      .filter(({ bytesBySource, waits }) => bytesBySource.size > 0 || waits.size > 0)
      .map(({ state, bytesBySource }) => ({
        file: state.file,
        size: state.size,
        residentBytes: state.diskBytes(),
        bytesBySource,
      }));
  }

  /** Writes what came into the map files. Where the disk refuses it stays in memory, and is written with what comes next. */
  save(): void {
    for (const state of this.#unsaved) {
      try {
        state.manifest.save();
        this.#unsaved.delete(state);
      } catch (error) {
        const fields = { file: state.file, error };
        this.#context.logger.warn(fields, 'what was fetched could not be noted yet');
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { waits } of this.#demands.values()) {
      for (const wait of waits) wait.finish(new ContentUnavailable('the store is closing'));
    }
    // A source that does not let go is no reason to hang.
    const patience = new Promise<void>((resolve) => {
      this.#context.clock.after(closeMs, resolve);
    });
    await Promise.race([this.#runner.close(), patience]);
    this.save();
  }

  #demand(state: FileState): Demand {
    let demand = this.#demands.get(state.file);
    if (!demand) this.#demands.set(state.file, (demand = newDemand(state)));
    return demand;
  }

  #sourcesByQueue(): BlockSource[] {
    const load = (id: string): number => {
      const known = this.#swarm.sources.get(id);
      return (known?.outstandingBytes ?? 0) / (known?.bytesPerMs ?? 1);
    };
    return [...this.#sources.values()].sort((a, b) => load(a.id) - load(b.id));
  }

  /** Once per turn of the event loop, however much happened in it. */
  #planPump(): void {
    if (this.#pumpPlanned || this.#closed) return;
    this.#pumpPlanned = true;
    queueMicrotask(() => {
      this.#pumpPlanned = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#closed) return;
    this.#wake();
    const demands = [...this.#demands.values()];
    const nowMs = this.#context.clock.monotonicMs();
    for (const wants of [waitingWants, aheadWants]) {
      const found = demands.flatMap((demand) => [...wants(demand, this.#obstacles)]);
      for (const request of assign(this.#swarm, found, nowMs)) {
        const { state } = this.#demands.get(request.file)!;
        this.#runner.run(state, request, this.#sources.get(request.source)!);
      }
    }
    if (demands.some(({ waits, readers }) => waits.size + readers.size > 0)) this.#tick();
  }

  readonly #obstacles: Obstacles = {
    pageMissing: (state, block) => {
      const page = state.manifest.missingOnTheWay(0, pageOfBlock(block));
      if (!page || this.#sources.size === 0 || !this.pages.isAskable(state, page)) return;
      void this.pages.request(state, page).then(() => this.#planPump());
    },
    suspect: (state, block) => {
      const slot = state.manifest.leaf(block);
      if (!slot) return;
      verifySlot(state, slot).then(
        () => this.#planPump(),
        (error: unknown) => this.#failWaits(state, error),
      );
    },
  };

  #failWaits(state: FileState, error: unknown): void {
    for (const wait of this.#demands.get(state.file)?.waits ?? []) wait.finish(error);
  }

  #wake(): void {
    for (const { waits } of this.#demands.values()) {
      for (const wait of waits) if (wait.done()) wait.finish();
    }
  }

  #tick(): void {
    if (this.#ticking) return;
    this.#ticking = true;
    this.#context.clock.after(tickMs, () => {
      this.#ticking = false;
      this.#loseStalePatience();
      this.#planPump();
    });
  }

  #loseStalePatience(): void {
    const nowMs = this.#context.clock.monotonicMs();
    for (const { waits } of this.#demands.values()) {
      for (const wait of waits) {
        if (nowMs - wait.progressAtMs < this.waitForPeersMs) continue;
        wait.finish(new ContentUnavailable('no connected peer has these bytes'));
      }
    }
  }

  #ended({ state, request, hashes }: RunningRequest, outcomes: readonly BlockOutcome[]): void {
    const demand = this.#demand(state);
    let bytes = 0;
    outcomes.forEach((outcome, at) => {
      const block = request.first + at;
      if (outcome !== 'stored' || !state.isOfBase(block)) return;
      // Another version may have come while it was on its way.
      if (!state.manifest.hashOf(block)?.equals(hashes.subarray(at * 32, at * 32 + 32))) return;
      if (state.manifest.isResident(block)) return;
      state.manifest.markResident(block);
      bytes += state.lengthOf(block);
    });
    if (bytes > 0) this.#progress(demand, request.source, bytes);
    this.#planPump();
  }

  #progress(demand: Demand, source: string, bytes: number): void {
    const { bytesBySource, waits, state } = demand;
    bytesBySource.set(source, (bytesBySource.get(source) ?? 0) + bytes);
    for (const wait of waits) wait.progressAtMs = this.#context.clock.monotonicMs();
    this.#unsaved.add(state);
    if (this.#saving) return;
    this.#saving = true;
    this.#context.clock.after(saveMs, () => {
      this.#saving = false;
      if (!this.#closed) this.save();
    });
  }
}
