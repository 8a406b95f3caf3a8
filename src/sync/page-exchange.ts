import type { ContentStore, PageQuery } from '../content/content-store.ts';
import { hash } from '../crypto/hash.ts';
import type { Link } from '../network/link.ts';
import { messageType } from './messages/message-type.ts';
import { decodePageAnswer, encodePageAnswer } from './messages/page-answer.ts';
import { decodePageRequest, encodePageRequest } from './messages/page-request.ts';

interface Waiting {
  readonly link: Link;
  readonly hash: Buffer;
  settle(page: Buffer | undefined): void;
  fail(error: Error): void;
}

/** Manifest pages travel as messages: they are small, and a block cannot be asked for before its page is there. */
export class PageExchange {
  readonly #content: Pick<ContentStore, 'page'>;
  readonly #waitingById = new Map<number, Waiting>();
  #nextId = 1;

  constructor(content: Pick<ContentStore, 'page'>) {
    this.#content = content;
  }

  /** The page, checked; undefined when the peer lacks it. Rejects when the link closes or the signal aborts. */
  fetch(link: Link, query: PageQuery, signal: AbortSignal): Promise<Buffer | undefined> {
    signal.throwIfAborted();
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        this.#waitingById.delete(id);
        signal.removeEventListener('abort', abort);
      };
      const abort = (): void => {
        finish();
        reject(signal.reason);
      };
      signal.addEventListener('abort', abort, { once: true });
      this.#waitingById.set(id, {
        link,
        hash: query.hash,
        settle: (page) => (finish(), resolve(page)),
        fail: (error) => (finish(), reject(error)),
      });
      link.send(messageType.pageRequest, encodePageRequest({ id, query }));
    });
  }

  answerRequest(link: Link, body: Buffer): void {
    const { id, query } = decodePageRequest(body);
    const page = this.#content.page(query) ?? null;
    link.send(messageType.pageAnswer, encodePageAnswer({ id, page }));
  }

  takeAnswer(link: Link, body: Buffer): void {
    const { id, page } = decodePageAnswer(body);
    const waiting = this.#waitingById.get(id);
    // Late answers to what was aborted are no offence; answers in another peer's name are ignored.
    if (waiting?.link !== link) return;
    const isRight = page !== null && hash(page).equals(waiting.hash);
    waiting.settle(isRight ? page : undefined);
  }

  linkClosed(link: Link): void {
    for (const waiting of [...this.#waitingById.values()]) {
      if (waiting.link === link) waiting.fail(new Error('the peer left'));
    }
  }
}
