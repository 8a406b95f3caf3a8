import type { LogFields, Logger } from './logger.ts';
import type { LogLevel } from './file-logger.ts';

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** For people in front of a terminal: one line per message, without stack traces. `now` is for the time in front. */
export function createTerminalLogger(
  level: LogLevel,
  write: (line: string) => void,
  now: () => Date,
): Logger {
  const at =
    (messageLevel: LogLevel) =>
    (fields: LogFields, message: string): void => {
      if (levels.indexOf(messageLevel) < levels.indexOf(level)) return;
      const time = now().toISOString().slice(11, 19);
      write(`${time} ${messageLevel.padEnd(5)} ${message}${formatFields(fields)}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function formatFields(fields: LogFields): string {
  return Object.entries(fields)
    .map(([key, value]) => ` ${key}=${formatValue(value)}`)
    .join('');
}

function formatValue(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message);
  if (typeof value === 'string' && /^[\w.:/@-]+$/.test(value)) return value;
  return JSON.stringify(value) ?? String(value);
}
