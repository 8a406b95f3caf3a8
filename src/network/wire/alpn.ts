/** Names the purpose of a connection in the TLS handshake, so that each is met by what understands it (RFC 7301). */
export const alpn = {
  control: 'peerfuse-control/1',
  bulk: 'peerfuse-bulk/1',
  enrol: 'peerfuse-enrol/1',
} as const;

export type Purpose = keyof typeof alpn;

export function purposeOf(protocol: string | false | null): Purpose | undefined {
  const purposes = Object.keys(alpn) as Purpose[];
  return purposes.find((purpose) => alpn[purpose] === protocol);
}
