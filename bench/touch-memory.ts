import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const pieceBytes = 1024 ** 2;

/**
 * Has the kernel use so much memory once. A virtual machine gives pages that it does not use back to its host, and the first use after
 * that measures the host: writing a new file was eight times slower than writing the next one.
 */
export function touchMemory(bytes: number): void {
  const folder = mkdtempSync(join(tmpdir(), 'peerfuse-memory-'));
  try {
    const file = openSync(join(folder, 'zeros'), 'w');
    const piece = Buffer.alloc(pieceBytes);
    for (let written = 0; written < bytes; written += pieceBytes) writeSync(file, piece);
    closeSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
