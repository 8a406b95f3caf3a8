import { request as httpRequest, type IncomingMessage } from 'node:http';
import { z } from 'zod';
import { ExpectedFailure } from '../util/expected-failure.ts';
import { conflictSchema, type ConflictReply } from './conflicts.ts';
import {
  checkReplySchema,
  failureSchema,
  inviteReplySchema,
  reloadReplySchema,
  signReplySchema,
  type CheckReply,
  type InvitationReply,
  type ReloadReply,
  type SignReply,
} from './daemon-control.ts';
import { transfersRoute } from './routes.ts';
import { openSocketPath } from './socket-path.ts';
import {
  peerSchema,
  statusSchema,
  transferSchema,
  type PeerStatus,
  type Status,
  type TransferStatus,
} from './status.ts';

/**
 * The local API as functions. Each rejects with the ExpectedFailure that the daemon gave, or one of kind `missing` when no daemon
 * listens at the socket.
 */
export interface ControlClient {
  status(): Promise<Status>;
  /** The daemon's process: also of a daemon of another version, whose status may have another form. */
  process(): Promise<number>;
  peers(): Promise<PeerStatus[]>;
  invite(user: string, validMs: number): Promise<InvitationReply>;
  sign(requestText: string, user: string | null, validMs: number): Promise<SignReply>;
  reload(): Promise<ReloadReply>;
  check(): Promise<CheckReply>;
  conflicts(): Promise<ConflictReply[]>;
  conflict(path: string): Promise<ConflictReply>;
  takeInConflict(path: string): Promise<ConflictReply>;
  keepBothInConflict(path: string): Promise<ConflictReply>;
  /** Resolves when nothing is mounted any more; the daemon then ends. */
  umount(): Promise<void>;
  /** Resolves when the daemon has begun to leave. */
  stop(): Promise<void>;
  /** What is being fetched, several times a second, until the consumer leaves the loop or the daemon ends. */
  transfers(): AsyncIterable<TransferStatus[]>;
}

export function createControlClient(socketPath: string): ControlClient {
  const call = <Reply>(route: string, reply: z.ZodType<Reply>, body?: unknown): Promise<Reply> =>
    callRoute(socketPath, route, reply, body);
  return {
    status: () => call('GET /status', statusSchema),
    process: async () => (await call('GET /status', statusSchema.pick({ pid: true }))).pid,
    peers: () => call('GET /peers', z.array(peerSchema)),
    invite: (user, validMs) => call('POST /invite', inviteReplySchema, { user, validMs }),
    sign: (requestText, user, validMs) =>
      call('POST /sign', signReplySchema, { requestText, user, validMs }),
    reload: () => call('POST /reload', reloadReplySchema),
    check: () => call('POST /check', checkReplySchema),
    conflicts: () => call('GET /conflicts', z.array(conflictSchema)),
    conflict: (path) => call('POST /conflict', conflictSchema, { path }),
    takeInConflict: (path) => call('POST /conflict/take', conflictSchema, { path }),
    keepBothInConflict: (path) => call('POST /conflict/keep-both', conflictSchema, { path }),
    umount: async () => void (await call('POST /umount', z.unknown())),
    stop: async () => void (await call('POST /stop', z.unknown())),
    transfers: () => listenToTransfers(socketPath),
  };
}

async function callRoute<Reply>(
  socketPath: string,
  route: string,
  reply: z.ZodType<Reply>,
  body: unknown,
): Promise<Reply> {
  const response = await open(socketPath, route, body);
  const value: unknown = JSON.parse(await textOf(response));
  if (response.statusCode === 200) return understood(reply, value);
  const { kind, message } = failureSchema.parse(value);
  throw kind === 'bug' ? new Error(message) : new ExpectedFailure(kind, message);
}

/** Programs are replaced while daemons run. */
function understood<Reply>(reply: z.ZodType<Reply>, value: unknown): Reply {
  const parsed = reply.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new ExpectedFailure(
    'machine',
    'The daemon that runs is of another version; end it with "peerfuse stop" and start it again.',
  );
}

async function* listenToTransfers(socketPath: string): AsyncGenerator<TransferStatus[]> {
  const response = await open(socketPath, transfersRoute, undefined);
  try {
    for await (const line of linesOf(response)) {
      yield z.array(transferSchema).parse(JSON.parse(line));
    }
  } finally {
    response.destroy();
  }
}

/** Ends with the connection, however that ends: a daemon that leaves does not say goodbye here. */
async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  response.setEncoding('utf8');
  let rest = '';
  try {
    for await (const chunk of response) {
      const lines = (rest + (chunk as string)).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
  }
}

function open(socketPath: string, route: string, body: unknown): Promise<IncomingMessage> {
  const [method = '', path = ''] = route.split(' ');
  return new Promise((resolve, reject) => {
    const socket = openSocketPathOrFail(socketPath);
    const request = httpRequest({ socketPath: socket.path, method, path, agent: false });
    request.once('socket', (stream) => stream.once('connect', () => socket.close()));
    request.once('response', resolve);
    request.once('error', (error: NodeJS.ErrnoException) => {
      if (error.syscall === 'connect') socket.close();
      reject(isNobodyThere(error) ? notRunning(socketPath) : error);
    });
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function openSocketPathOrFail(socketPath: string) {
  try {
    return openSocketPath(socketPath);
  } catch (error) {
    throw isNobodyThere(error as NodeJS.ErrnoException) ? notRunning(socketPath) : error;
  }
}

// No socket, or one whose daemon died, or which was hung up on because its daemon is leaving.
function isNobodyThere({ code }: NodeJS.ErrnoException): boolean {
  return code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ECONNRESET';
}

function notRunning(socketPath: string): ExpectedFailure {
  return new ExpectedFailure(
    'missing',
    `No Peerfuse daemon answers at ${socketPath}; start it with "peerfuse mount DIR" or "peerfuse serve".`,
  );
}

async function textOf(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) text += chunk as string;
  return text;
}
