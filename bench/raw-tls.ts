import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type TLSSocket } from 'node:tls';
import type { OnReadOpts } from 'node:net';
import type { Credentials } from '../src/network/transport/tls/worker-messages.ts';
import { testAuthority } from '../test/support/test-certificates.ts';

// The yardstick of everything that crosses the wire: what node:tls carries between two processes, with nothing around it. Mutual
// TLS 1.3 over loopback; the receiver reads into one buffer of its own, which is the fastest that Node does.

const pieceBytes = 256 * 1024;

/** Bytes per second from another process to this one. */
export async function measureRawTls(totalBytes = 1024 ** 3): Promise<number> {
  const authority = await testAuthority();
  const [server, client] = [await authority.issue(1), await authority.issue(2)];
  const child = fork(import.meta.filename, ['send', String(totalBytes)]);
  try {
    child.send(server.credentials);
    const [port] = (await once(child, 'message')) as [number];
    return await receive(port, client.credentials, totalBytes);
  } finally {
    await stop(child);
  }
}

function receive(port: number, credentials: Credentials, totalBytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let received = 0;
    let startMs = 0;
    const onread: OnReadOpts = {
      buffer: Buffer.allocUnsafeSlow(pieceBytes),
      callback(length) {
        if (received === 0) startMs = performance.now();
        received += length;
        if (received < totalBytes) return true;
        resolve((totalBytes * 1000) / (performance.now() - startMs));
        socket.destroy();
        return false;
      },
    };
    const options = { port, host: '127.0.0.1', onread, ...tlsOptions(credentials) };
    // Names in certificates are not host names here.
    const socket = connect({ ...options, checkServerIdentity: () => undefined });
    socket.on('error', reject);
  });
}

function tlsOptions({ certificatePem, privateKeyPem, authorityPem }: Credentials) {
  return {
    cert: certificatePem,
    key: privateKeyPem,
    ca: authorityPem,
    minVersion: 'TLSv1.3',
  } as const;
}

async function send(totalBytes: number): Promise<void> {
  const [credentials] = (await once(process, 'message')) as [Credentials];
  const server = createServer({
    ...tlsOptions(credentials),
    requestCert: true,
    rejectUnauthorized: true,
  });
  server.on('secureConnection', (socket) => sendAll(socket, totalBytes));
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as { port: number }).port));
}

function sendAll(socket: TLSSocket, totalBytes: number): void {
  const piece = Buffer.alloc(pieceBytes, 'peerfuse');
  let sent = 0;
  const more = (): void => {
    while (sent < totalBytes) {
      sent += pieceBytes;
      if (!socket.write(piece)) {
        socket.once('drain', more);
        return;
      }
    }
  };
  socket.on('error', () => {});
  more();
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, 'exit');
  child.kill();
  await exited;
}

if (process.argv[1] === import.meta.filename) {
  if (process.argv[2] === 'send') await send(Number(process.argv[3]));
  else console.log(`${Math.round((await measureRawTls()) / 1e6)} MB/s`);
}
