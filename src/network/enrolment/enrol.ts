import type { X509Certificate } from 'node:crypto';
import { connect, type TLSSocket } from 'node:tls';
import { certificateFingerprint } from '../../identity/certificate.ts';
import { ExpectedFailure } from '../../util/expected-failure.ts';
import { parseAddress } from '../address.ts';
import { defaultNetworkLimits, maximumEnrolmentBytes } from '../limits.ts';
import { reasonOf } from '../transport/socket-reason.ts';
import { alpn } from '../wire/alpn.ts';
import { encodeFrame } from '../wire/frame.ts';
import { FrameParser } from '../wire/frame-parser.ts';
import { frameType } from '../wire/frame-type.ts';
import { decodeReason } from '../wire/greeting.ts';

/**
 * Asks a peer of a network that this machine does not belong to yet, and returns its answer. The first address that is reached
 * decides. Nothing is sent before the peer has proved that it belongs to the network whose authority has the fingerprint (SHA-256 of
 * its certificate, in lower-case hex). Rejects with an ExpectedFailure: `unreachable` or `refused`.
 */
export async function enrol(
  addresses: readonly string[],
  authorityFingerprint: string,
  request: Uint8Array,
  timeoutMs = defaultNetworkLimits.enrolmentTimeoutMs,
): Promise<Buffer> {
  const failures: string[] = [];
  for (const address of addresses) {
    try {
      return await ask(address, authorityFingerprint, request, timeoutMs);
    } catch (error) {
      if (error instanceof ExpectedFailure) throw error;
      failures.push(`${address}: ${(error as Error).message}`);
    }
  }
  const tried = failures.length === 0 ? 'no address was given' : failures.join('; ');
  throw new ExpectedFailure(
    'unreachable',
    `cannot reach the network (${tried}); check that the inviting peer runs and can be reached from here`,
  );
}

async function ask(
  text: string,
  fingerprint: string,
  request: Uint8Array,
  timeoutMs: number,
): Promise<Buffer> {
  const address = parseAddress(text);
  if (address === undefined) throw new Error('it is not a host and a port');
  const socket = connect({
    host: address.host,
    port: address.port,
    ALPNProtocols: [alpn.enrol],
    minVersion: 'TLSv1.3',
    // Judged below by the fingerprint: there is no certificate to start from.
    rejectUnauthorized: false,
  });
  const timer = setTimeout(() => socket.destroy(new Error('it did not answer in time')), timeoutMs);
  try {
    return await converse(socket, text, fingerprint, request);
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

function converse(
  socket: TLSSocket,
  address: string,
  fingerprint: string,
  request: Uint8Array,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    socket.on('error', (error) => reject(new Error(reasonOf(error))));
    socket.on('close', () => reject(new Error('it closed the connection without an answer')));
    socket.once('secureConnect', () => {
      if (!belongsTo(socket.getPeerX509Certificate(), fingerprint)) {
        return reject(wrongAuthority(address));
      }
      return socket.write(encodeFrame(frameType.enrolRequest, 0, request));
    });
    const parser = new FrameParser(maximumEnrolmentBytes);
    socket.on('data', (bytes: Buffer) => {
      const malformed = parser.push(bytes, ({ type, body }) => {
        if (type === frameType.enrolAnswer) resolve(Buffer.from(body));
        else reject(refused(address, decodeReason(body)));
      });
      if (malformed !== undefined) reject(new Error(`its answer is malformed: ${malformed}`));
    });
  });
}

// The chain is as the peer sent it, so each link of it is checked here. A peer's certificate is issued by the authority itself.
function belongsTo(leaf: X509Certificate | undefined, fingerprint: string): boolean {
  const authority = leaf?.issuerCertificate;
  if (leaf === undefined || authority === undefined || !authority.ca) return false;
  if (certificateFingerprint(authority) !== fingerprint.toLowerCase()) return false;
  const nowMs = Date.now();
  const isValidNow = [leaf, authority].every(
    ({ validFromDate, validToDate }) =>
      validFromDate.getTime() <= nowMs && nowMs <= validToDate.getTime(),
  );
  return isValidNow && leaf.checkIssued(authority) && leaf.verify(authority.publicKey);
}

function wrongAuthority(address: string): ExpectedFailure {
  return new ExpectedFailure(
    'refused',
    `${address} does not belong to the network of this token: its authority is another one; nothing was sent to it`,
  );
}

function refused(address: string, reason: string): ExpectedFailure {
  return new ExpectedFailure('refused', `${address} refused: ${reason}`);
}
