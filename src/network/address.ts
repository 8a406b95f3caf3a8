import { networkInterfaces } from 'node:os';

// `host:port`, with an IPv6 address in brackets: how people and peers write where to connect.

export interface Address {
  /** A name or an IP address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Longest `host:port`: a DNS name has at most 253 characters. */
export const maximumAddressLength = 261;

export function parseAddress(text: string): Address | undefined {
  if (text.length > maximumAddressLength) return undefined;
  const form = /^(?:\[([0-9A-Fa-f:.]+(?:%[\w.-]+)?)\]|([\w.-]+)):(\d{1,5})$/.exec(text);
  const port = Number(form?.[3]);
  if (form === null || port > 65_535) return undefined;
  return { host: form[1] ?? form[2] ?? '', port };
}

export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** As the operating system tells it; an IPv4 address that came through an IPv6 socket is shown as IPv4. */
export function formatRemote(host: string | undefined, port: number | undefined): string {
  return formatAddress({
    host: (host ?? 'unknown').replace(/^::ffff:(?=\d+\.)/, ''),
    port: port ?? 0,
  });
}

/** Where others can reach what listens at `listening`: an unspecified address stands for every address of this machine. */
export function reachableAddresses(
  listening: readonly string[],
  interfaces: () => ReturnType<typeof networkInterfaces> = networkInterfaces,
): string[] {
  const addresses = listening.flatMap((text) => {
    const address = parseAddress(text);
    if (address === undefined) return [];
    if (address.host !== '0.0.0.0' && address.host !== '::') return [text];
    return ownHosts(interfaces(), address.host === '::').map((host) =>
      formatAddress({ host, port: address.port }),
    );
  });
  return [...new Set(addresses)];
}

// A link-local IPv6 address means nothing without the name of the receiver's own interface. Loopback serves a machine with nothing else.
function ownHosts(interfaces: ReturnType<typeof networkInterfaces>, dualStack: boolean): string[] {
  const all = Object.values(interfaces)
    .flatMap((entries) => entries ?? [])
    .filter(({ family, address }) =>
      family === 'IPv4' ? true : dualStack && !address.startsWith('fe80'),
    );
  const external = all.filter(({ internal }) => !internal);
  return (external.length > 0 ? external : all).map(({ address }) => address);
}
