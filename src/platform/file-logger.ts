import { mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import pino from 'pino';
import type { Logger } from './logger.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** A log of this size is set aside at the next start as `NAME.1`, in place of the one before it. */
export const rotationBytes = 10 * 1024 * 1024;

/**
 * Appends JSON lines to a file. Each is written when the call returns (some 10 µs), so that the last words of a process that dies are
 * there; messages are rare on the paths that matter.
 */
export function createFileLogger(path: string, level: LogLevel): Logger {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  rotate(path);
  const destination = pino.destination({ dest: path, sync: true, append: true, mode: 0o600 });
  // A full disk must cost log lines and not the daemon.
  destination.on('error', () => {});
  return pinoLogger(level, destination);
}

/** JSON lines into anything that takes lines. */
export function pinoLogger(level: LogLevel, destination: pino.DestinationStream): Logger {
  const options: pino.LoggerOptions = {
    level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.err },
  };
  return pino(options, destination);
}

function rotate(path: string): void {
  const { size } = statSync(path, { throwIfNoEntry: false }) ?? { size: 0 };
  if (size > rotationBytes) renameSync(path, `${path}.1`);
}
