import type { Replica } from '../metadata/replica.ts';
import type { Link } from '../network/link.ts';
import { encodeBatches } from './messages/batches.ts';
import { decodeLogHeads, encodeLogHeads } from './messages/log-heads.ts';
import { messageType } from './messages/message-type.ts';

/** More devices that signed two histories at once are told of one by one, as their batches come. */
const maximumAnswered = 16;

/**
 * Two histories of one device are found out when peers meet that know one each, although neither lacks anything by number: they tell
 * each other with which batch each log ends here. Who has another one of that number sends it, which is all that a proof takes.
 */
export class HistoryExchange {
  readonly #replica: Replica;
  readonly #answered = new WeakSet<Link>();

  constructor(replica: Replica) {
    this.#replica = replica;
  }

  opened(link: Link): void {
    link.send(messageType.logHeads, encodeLogHeads(this.#replica.logHeads()));
  }

  takeHeads(link: Link, body: Buffer): void {
    const heads = decodeLogHeads(body);
    // It is told once for each link, and who makes up hashes is not sent all that there is.
    if (this.#answered.has(link)) return;
    this.#answered.add(link);
    const others: Uint8Array[] = [];
    for (const head of heads) {
      const other = this.#replica.otherThan(head);
      if (other !== undefined) others.push(other);
      if (others.length === maximumAnswered) break;
    }
    if (others.length > 0) {
      link.send(messageType.batches, encodeBatches({ batches: others, part: 'live' }));
    }
  }
}
