import type { DeviceId } from '../identity/ids.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { decodeBatch, type LoggedOperation } from './codec/batch.ts';
import { logEntry } from './log/log-entry.ts';
import type { Logs } from './log/logs.ts';
import type { LogRecord } from './log/log-file.ts';
import { tellEveryMs } from './merge/merger.ts';
import type { Frontier } from './replica.ts';
import { stampToText } from './stamp.ts';

// What is done at the start: the database follows the logs.

/** Batches that go into the index in one transaction. */
const indexedAtOnce = 256;

/** Operations that are brought in at once while the tree is rebuilt. */
const rebuiltAtOnce = 4096;

/** Indexes what the logs hold beyond the index, and cuts their ends where they are not whole. */
export function indexLogs(logs: Logs, waiting: boolean, logger: Logger): void {
  for (const device of logs.devicesOnDisk()) {
    logs.beginIndex(device);
    let page: ReturnType<typeof placedEntry>[] = [];
    for (const record of logs.recordsAfterIndex(device)) {
      const entry = placedEntry(record, device, expectedSequence(logs, device) + page.length);
      if (!entry) {
        logger.error({ device, offset: record.offset }, 'a log holds what is not its own');
        break;
      }
      page.push(entry);
      if (page.length < indexedAtOnce) continue;
      logs.index(device, page.filter(isPresent), waiting);
      page = [];
    }
    if (page.length > 0) logs.index(device, page.filter(isPresent), waiting);
    logs.cutAfterIndex(device);
  }
}

/** Every operation of every log, or of those batches only, in the order of the stamps, so many at a time. */
export function* operationsInOrder(
  logs: Logs,
  until?: Frontier,
  atOnce = rebuiltAtOnce,
): Generator<LoggedOperation[]> {
  const cursors = logs.devicesOnDisk().flatMap((device) => {
    const cursor = new LogCursor(logs, device, until ? (until.get(device) ?? 0) : Infinity);
    return cursor.current ? [cursor] : [];
  });
  let page: LoggedOperation[] = [];
  while (cursors.length > 0) {
    const [next] = cursors.sort((a, b) => (a.stampText < b.stampText ? -1 : 1));
    if (!next?.current) break;
    page.push(next.current);
    if (!next.advance()) cursors.splice(cursors.indexOf(next), 1);
    if (page.length < atOnce) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** The pages, and now and then a word on how far that is: who waits for a start wants to know why. */
export function* tellingProgress(
  pages: Iterable<LoggedOperation[]>,
  logs: Logs,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Generator<LoggedOperation[]> {
  const total = logs
    .devicesOnDisk()
    .reduce((sum, device) => sum + (logs.progressOf(device)?.operations ?? 0), 0);
  let done = 0;
  let toldMs = clock.monotonicMs();
  for (const page of pages) {
    yield page;
    done += page.length;
    if (clock.monotonicMs() - toldMs < tellEveryMs) continue;
    toldMs = clock.monotonicMs();
    logger.info({ done, total }, 'the tree is being rebuilt from the logs');
  }
}

class LogCursor {
  readonly #operations: Iterator<LoggedOperation>;
  current: LoggedOperation | undefined;
  stampText = '';

  constructor(logs: Logs, device: DeviceId, last: number) {
    this.#operations = operationsOf(logs, device, last);
    this.advance();
  }

  /** False at the end. */
  advance(): boolean {
    const step = this.#operations.next();
    this.current = step.done ? undefined : step.value;
    this.stampText = this.current ? stampToText(this.current.operation.stamp) : '';
    return this.current !== undefined;
  }
}

function* operationsOf(logs: Logs, device: DeviceId, last: number): Generator<LoggedOperation> {
  for (const { bytes } of logs.records(device)) {
    const { sequence, operations } = decodeBatch(bytes);
    if (sequence > last) return;
    yield* operations;
  }
}

function expectedSequence(logs: Logs, device: DeviceId): number {
  return (logs.progressOf(device)?.sequence ?? 0) + 1;
}

function placedEntry({ offset, bytes }: LogRecord, device: DeviceId, sequence: number) {
  try {
    const batch = decodeBatch(bytes);
    const isNext = batch.device === device && batch.sequence === sequence;
    const isFirstWithout = sequence === 1 && batch.certificate === null;
    return isNext && !isFirstWithout ? { ...logEntry(batch, bytes), offset } : undefined;
  } catch {
    return undefined;
  }
}

function isPresent<T>(value: T | undefined): value is T {
  return value !== undefined;
}
