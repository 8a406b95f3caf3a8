import { hash, hashLength } from '../../crypto/hash.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/logger.ts';
import type { PageQuery } from '../content-store.ts';
import type { FileState } from '../file/file-state.ts';
import type { MissingPage } from '../map/manifest.ts';
import { childrenOf } from '../merkle/geometry.ts';
import type { FileId } from '../version.ts';
import type { BlockSource } from './block-source.ts';
import { fetchPage } from './either-number.ts';

/** A source that has not answered within this is not waited for alone any longer. */
const hedgeMs = 300;

/** When nobody has a page, everybody is asked again after this. */
const retryMs = 500;

/** Brings manifest pages. They are small and everything behind them waits, so a slow answer is asked for again elsewhere at once. */
export class PageFetcher {
  readonly #sources: () => BlockSource[];
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #underWay = new Map<string, Promise<boolean>>();
  readonly #failedAtMs = new Map<string, number>();

  constructor(sources: () => BlockSource[], clock: Clock, logger: Logger) {
    this.#sources = sources;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Resolves when the page is installed or the deadline has passed: the caller looks which. */
  async bring(
    state: FileState,
    page: MissingPage,
    signal: AbortSignal | undefined,
    deadlineMs: number,
  ): Promise<void> {
    const restMs = deadlineMs - this.#clock.monotonicMs();
    if (restMs <= 0) return;
    const { promise: over, resolve } = Promise.withResolvers<boolean>();
    const cancel = this.#clock.after(restMs, () => resolve(false));
    signal?.addEventListener('abort', () => resolve(false), { once: true });
    try {
      if (await Promise.race([this.request(state, page), over])) return;
    } finally {
      cancel();
    }
    await this.#pause(Math.min(retryMs, deadlineMs - this.#clock.monotonicMs()));
  }

  #pause(ms: number): Promise<void> {
    if (ms <= 0) return Promise.resolve();
    return new Promise((resolve) => void this.#clock.after(ms, resolve));
  }

  /** Whether asking is worth while: not already under way, and not refused by everybody just now. */
  isAskable(state: FileState, page: MissingPage): boolean {
    const key = keyOf(state, page);
    const failedAtMs = this.#failedAtMs.get(key);
    if (failedAtMs !== undefined && this.#clock.monotonicMs() - failedAtMs < retryMs) return false;
    return !this.#underWay.has(key);
  }

  /** Asks the sources; false when none has it. Concurrent calls share the answer. */
  request(state: FileState, page: MissingPage): Promise<boolean> {
    const key = keyOf(state, page);
    let work = this.#underWay.get(key);
    if (!work) {
      work = this.#ask(state, page).then((found) => {
        this.#underWay.delete(key);
        if (found) this.#failedAtMs.delete(key);
        else this.#failedAtMs.set(key, this.#clock.monotonicMs());
        return found;
      });
      this.#underWay.set(key, work);
    }
    return work;
  }

  /** News of a source: what nobody had, somebody may have now. */
  forgetFailures(): void {
    this.#failedAtMs.clear();
  }

  async #ask(state: FileState, page: MissingPage): Promise<boolean> {
    const abort = new AbortController();
    const answers: Promise<boolean>[] = [];
    try {
      for (const source of this.#sources()) {
        const answer = this.#askOne(state, page, source, abort.signal);
        answers.push(answer);
        if (await this.#within(answer, hedgeMs)) return true;
      }
      return await firstTrue(answers);
    } finally {
      abort.abort();
    }
  }

  async #within(answer: Promise<boolean>, ms: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const cancel = this.#clock.after(ms, () => resolve(false));
    const result = await Promise.race([answer, promise]);
    cancel();
    return result;
  }

  async #askOne(
    state: FileState,
    { level, index, hash: wanted }: MissingPage,
    source: BlockSource,
    signal: AbortSignal,
  ): Promise<boolean> {
    const query = { file: state.file, level, index, hash: wanted };
    const page = await askForPage(source, query, state.elsewhere, signal);
    if (!page) return false;
    const expectedLength = childrenOf(state.manifest.geometry, level, index) * hashLength;
    if (page.length !== expectedLength || !hash(page).equals(wanted)) {
      this.#logger.warn({ source: source.id, file: state.file }, 'a source sent a false page');
      return false;
    }
    const stillMissing = state.manifest.missingOnTheWay(level, index);
    if (stillMissing?.level !== level || !stillMissing.hash.equals(wanted)) return true;
    try {
      state.manifest.install(level, index, Buffer.from(page));
    } catch (error) {
      this.#logger.warn({ file: state.file, error }, 'a page could not be kept');
      return false;
    }
    return true;
  }
}

/** A source that fails has no page. */
async function askForPage(
  source: BlockSource,
  query: PageQuery,
  elsewhere: FileId | undefined,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  try {
    return await fetchPage(source, query, elsewhere, signal);
  } catch {
    return undefined;
  }
}

function keyOf(state: FileState, { level, index, hash: wanted }: MissingPage): string {
  return `${state.file}/${level}/${index}/${wanted.toString('hex')}`;
}

async function firstTrue(answers: readonly Promise<boolean>[]): Promise<boolean> {
  const failed = answers.map(async (answer) => {
    if (!(await answer)) throw new Error('not found');
    return true;
  });
  return Promise.any(failed).catch(() => false);
}
