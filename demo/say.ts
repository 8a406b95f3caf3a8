import type { LivePeer } from '../test/support/live-peer.ts';

/** Does a step and says in one line what happened, how long it took and how many bytes the given peers received for it. */
export async function say<T>(
  what: string | ((result: T) => string),
  step: () => T | Promise<T>,
  receivers: readonly LivePeer[] = [],
): Promise<T> {
  const before = await receivedBytes(receivers);
  const start = performance.now();
  const result = await step();
  const seconds = (performance.now() - start) / 1000;
  const crossed = (await receivedBytes(receivers)) - before;
  const sentence = typeof what === 'string' ? what : what(result);
  const bytes = receivers.length > 0 ? `, ${humanBytes(crossed)} crossed the network` : '';
  console.log(`${sentence}: ${seconds.toFixed(seconds < 1 ? 3 : 1)} s${bytes}`);
  return result;
}

export function humanBytes(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

async function receivedBytes(peers: readonly LivePeer[]): Promise<number> {
  const statuses = await Promise.all(peers.map((peer) => peer.status()));
  return statuses.reduce((sum, { traffic }) => sum + traffic.receivedBytes, 0);
}
