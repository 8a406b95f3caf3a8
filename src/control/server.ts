import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { ExpectedFailure } from '../util/expected-failure.ts';
import type { DaemonControl } from './daemon-control.ts';
import { routes, transfersRoute, type Route } from './routes.ts';
import { openSocketPath, type SocketPath } from './socket-path.ts';

/** The local API: HTTP with JSON over a socket that only this user (and root) can open. */
export interface ControlServer {
  /** Takes no new call, ends the streams, and resolves when the calls that are being answered have been, or after `graceMs`. */
  close(): Promise<void>;
}

export interface ControlServerOptions {
  /** Where the socket is to be; the caller holds the home's lock, so a socket that is there is a dead one's. */
  readonly socketPath: string;
  readonly control: DaemonControl;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Largest request: a certificate request in PEM with notes. */
const maximumBodyBytes = 256 * 1024;

/** How often a listener of transfers hears of them. */
const transfersIntervalMs = 250;

/** How long a call that is being answered may hold up a daemon that leaves: `umount` makes it leave and is answered meanwhile. */
const graceMs = 2000;

export async function startControlServer(options: ControlServerOptions): Promise<ControlServer> {
  const leaving = new AbortController();
  const server = createServer(
    (request, response) => void answer(options, leaving.signal, request, response),
  );
  const { socketPath, clock } = options;
  rmSync(socketPath, { force: true });
  const socket = openSocketPath(socketPath);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket.path, resolve);
  });
  // The home lets nobody else in; this holds even where somebody opened it up.
  chmodSync(socketPath, 0o600);
  let closed: Promise<void> | undefined;
  return {
    close() {
      leaving.abort();
      return (closed ??= close(server, socket, clock));
    },
  };
}

function close(server: Server, socket: SocketPath, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(graceMs, () => server.closeAllConnections());
    server.close(() => {
      cancel();
      socket.close();
      resolve();
    });
    server.closeIdleConnections();
  });
}

async function answer(
  options: ControlServerOptions,
  leaving: AbortSignal,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const name = `${request.method} ${request.url}`;
  const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
  try {
    if (name === transfersRoute) return streamTransfers(options, leaving, response);
    if (route === undefined) throw new ExpectedFailure('usage', `There is no call ${name}.`);
    const result = await route.handle(options.control, await readBody(request, route));
    send(response, 200, result ?? {});
    if (route.thenStop === true) afterClose(response, () => stop(options));
  } catch (error) {
    sendFailure(options.logger, name, response, error);
  }
}

// The client may have gone before its answer was ready.
function afterClose(response: ServerResponse, callback: () => void): void {
  if (response.closed) callback();
  else response.once('close', callback);
}

function stop({ control, logger }: ControlServerOptions): void {
  control.stop().catch((error: unknown) => logger.error({ error }, 'could not stop cleanly'));
}

async function readBody(request: IncomingMessage, route: Route): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maximumBodyBytes) throw new ExpectedFailure('usage', 'The request is too long.');
    chunks.push(chunk);
  }
  const { success, data } = route.body.safeParse(parseJson(Buffer.concat(chunks).toString()));
  if (!success)
    throw new ExpectedFailure('usage', 'The request does not have the form that this call takes.');
  return data;
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

const statusByKind = {
  usage: 400,
  missing: 404,
  refused: 403,
  unreachable: 502,
  exists: 409,
  machine: 507,
} as const;

function sendFailure(logger: Logger, call: string, response: ServerResponse, error: unknown): void {
  if (error instanceof ExpectedFailure) {
    send(response, statusByKind[error.kind], { kind: error.kind, message: error.message });
    return;
  }
  logger.error({ error, call }, 'a call of the local API failed');
  const message = 'The daemon failed unexpectedly; its log says more.';
  send(response, 500, { kind: 'bug', message });
}

function send(response: ServerResponse, status: number, value: unknown): void {
  // One connection per call: a daemon that leaves has nobody to wait for.
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(`${JSON.stringify(value)}\n`);
}

function streamTransfers(
  { control, clock }: ControlServerOptions,
  leaving: AbortSignal,
  response: ServerResponse,
): void {
  let cancel = (): void => {};
  const tell = (): void => {
    // A listener that does not keep up hears less often.
    if (!response.writableNeedDrain) response.write(`${JSON.stringify(control.transfers())}\n`);
    cancel = clock.after(transfersIntervalMs, tell);
  };
  response.writeHead(200, { 'content-type': 'application/x-ndjson', connection: 'close' });
  const end = (): void => void response.end();
  leaving.addEventListener('abort', end, { once: true });
  response.once('close', () => {
    cancel();
    leaving.removeEventListener('abort', end);
  });
  tell();
}
