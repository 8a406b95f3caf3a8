export type PemLabel = 'CERTIFICATE' | 'CERTIFICATE REQUEST';

/** Longest text that is read as PEM: a certificate, the authority's beside it, and notes as openssl writes them. */
export const maximumPemBytes = 64 * 1024;

export function toPem(label: PemLabel, der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .match(/.{1,64}/g);
  return `-----BEGIN ${label}-----\n${(lines ?? []).join('\n')}\n-----END ${label}-----\n`;
}

/** Every block with this label, in order; text around them is ignored, as openssl writes some. */
export function fromPem(label: PemLabel, text: string): Buffer[] {
  // Netscape's and Microsoft's tools write NEW in front; it means the same.
  const optional = label === 'CERTIFICATE REQUEST' ? '(?:NEW )?' : '';
  const form = new RegExp(
    `-----BEGIN ${optional}${label}-----([A-Za-z0-9+/=\\s]+)-----END ${optional}${label}-----`,
    'g',
  );
  return [...text.matchAll(form)].map(([, base64 = '']) => Buffer.from(base64, 'base64'));
}
