import { isIPv4, isIPv6 } from 'node:net';

/** For messages: what `isListenAddress` accepts. */
export const listenAddressRule =
  'HOST:PORT, such as "0.0.0.0:1777" or "[::]:1777" (every address, IPv4 too), where port 0 picks a free one';

/** For messages: what `isPeerAddress` accepts. */
export const peerAddressRule = 'HOST:PORT, such as "example.org:1777" or "[2001:db8::1]:1777"';

export const defaultPort = 1777;

export function isListenAddress(text: string): boolean {
  const form = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  if (form === null || Number(form[3]) > 65_535) return false;
  const [, bracketed, plain = ''] = form;
  return bracketed === undefined ? isHost(plain) : isIPv6(bracketed);
}

export function isPeerAddress(text: string): boolean {
  return isListenAddress(text) && !/:0+$/.test(text);
}

function isHost(text: string): boolean {
  // What consists of digits and dots alone is meant as an IPv4 address and must be one.
  if (/^[\d.]+$/.test(text)) return isIPv4(text);
  return /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(text);
}
