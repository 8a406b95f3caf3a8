/** What a node counts. No row is stored when all are 0. */
export interface Totals {
  /** Entries that lead here. */
  readonly names: number;
  /** Entries in it, for a directory. */
  readonly entries: number;
  /** Those of them that are directories. */
  readonly subdirectories: number;
}

export const noTotals: Totals = { names: 0, entries: 0, subdirectories: 0 };

export function encodeTotals(totals: Totals): Buffer | undefined {
  if (totals.names === 0 && totals.entries === 0) return undefined;
  const bytes = Buffer.allocUnsafe(12);
  bytes.writeUInt32BE(totals.names, 0);
  bytes.writeUInt32BE(totals.entries, 4);
  bytes.writeUInt32BE(totals.subdirectories, 8);
  return bytes;
}

export function decodeTotals(bytes: Buffer | undefined): Totals {
  if (bytes === undefined) return noTotals;
  return {
    names: bytes.readUInt32BE(0),
    entries: bytes.readUInt32BE(4),
    subdirectories: bytes.readUInt32BE(8),
  };
}
