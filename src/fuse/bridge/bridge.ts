import type { Logger } from '../../platform/logger.ts';
import type { Caller, DirectoryHandle, FileHandle, FileSystem } from '../../vfs/file-system.ts';
import { PosixError, posixErrors } from '../../vfs/posix-error.ts';
import { opcodeName } from '../kernel/opcodes.ts';
import type { Reply } from '../kernel/reply.ts';
import type { Request } from '../kernel/request.ts';
import type { Session } from '../kernel/session.ts';
import { HandleTable } from './handles.ts';
import { PendingRequests } from './pending.ts';
import { ReadBuffers } from './read-buffers.ts';
import { WaitingReads } from './waiting-reads.ts';

/** Decodes the request at hand, calls the file system and answers. What it throws is answered by the bridge. */
export type Handler = (bridge: Bridge) => void;

/** Writes a result into the reply and returns the length of its body. */
export type Encoder<Result> = (bridge: Bridge, result: Result) => number;

/** Carries requests from the kernel to a file system and answers back; one mount's state, and the tools of its handlers. */
export class Bridge {
  readonly fileSystem: FileSystem;
  readonly session: Session;
  readonly request: Request;
  readonly reply: Reply;
  readonly files = new HandleTable<FileHandle>();
  readonly directories = new HandleTable<DirectoryHandle>();
  readonly pending = new PendingRequests();
  readonly readBuffers = new ReadBuffers();
  readonly waitingReads = new WaitingReads();
  readonly #caller: Caller = { uid: 0, gid: 0, pid: 0, umask: 0 };
  readonly #logger: Logger;

  constructor(fileSystem: FileSystem, session: Session, logger: Logger) {
    this.fileSystem = fileSystem;
    this.session = session;
    this.request = session.request;
    this.reply = session.reply;
    this.#logger = logger;
  }

  /** Who makes the request at hand: one object, filled anew. His umask stands in requests that create, and is put in by them. */
  get caller(): Caller {
    const caller = this.#caller;
    caller.uid = this.request.uid;
    caller.gid = this.request.gid;
    caller.pid = this.request.pid;
    caller.umask = 0;
    return caller;
  }

  /** Answers with `result` now, or when it comes. */
  answer<Result>(result: Result | Promise<Result>, encode: Encoder<Result>): void {
    if (result instanceof Promise) void this.#answerLater(result, encode);
    else this.session.send(this.request.unique, encode(this, result));
  }

  /** Answers with an errno; a failure that is none is a bug of ours, which the process sees as EIO. */
  fail(unique: number, opcode: number, error: unknown): void {
    if (!(error instanceof PosixError)) {
      this.#logger.error({ request: opcodeName(opcode), error }, 'A request failed unexpectedly');
    }
    this.session.sendError(
      unique,
      error instanceof PosixError ? error.errno : posixErrors.EIO.errno,
    );
  }

  /** For work that nobody waits for: its failure is only logged. */
  inBackground(work: () => void | Promise<void>, message: string): void {
    const log = (error: unknown): void => this.#logger.error({ error }, message);
    try {
      Promise.resolve(work()).catch(log);
    } catch (error) {
      log(error);
    }
  }

  /** The kernel is gone and releases nothing by itself any more. */
  close(): void {
    this.pending.interruptAll();
    this.fileSystem.locks.releaseAll();
    const message = 'A handle could not be released after the unmount';
    for (const handle of this.files.drain()) {
      this.inBackground(() => this.fileSystem.release(handle), message);
    }
    for (const handle of this.directories.drain()) {
      this.inBackground(() => this.fileSystem.releaseDirectory(handle), message);
    }
  }

  async #answerLater<Result>(result: Promise<Result>, encode: Encoder<Result>): Promise<void> {
    const { unique, opcode } = this.request;
    try {
      const value = await result;
      this.session.send(unique, encode(this, value));
    } catch (error) {
      this.fail(unique, opcode, error);
    }
  }
}

/** Encoder of replies without a body. */
export function nothing(): number {
  return 0;
}
