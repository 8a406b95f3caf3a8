import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createFileLogger, rotationBytes } from '../../../src/platform/file-logger.ts';
import { bootId, processStart } from '../../../src/platform/process-start.ts';
import { createTerminalLogger } from '../../../src/platform/terminal-logger.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

test('the log file gets a line of JSON for each message that is important enough', () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'deep', 'peerfuse.log');
  const logger = createFileLogger(path, 'info');
  logger.debug({}, 'details');
  logger.warn({ peer: 7, error: new Error('boom') }, 'something happened');
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { level: 'warn', peer: 7, msg: 'something happened', error: { message: 'boom' } },
  ]);
});

test('a log that has grown too long is set aside at the next start', () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'peerfuse.log');
  writeFileSync(path, Buffer.alloc(rotationBytes, 'x'));
  createFileLogger(path, 'info').info({}, 'small enough');
  expect(existsSync(`${path}.1`)).toBe(false);
  createFileLogger(path, 'info').info({}, 'a new one');
  expect(readFileSync(`${path}.1`, 'utf8')).toContain('small enough');
  expect(readFileSync(path, 'utf8')).toContain('a new one');
  expect(readFileSync(path, 'utf8')).not.toContain('small enough');
});

test('a terminal gets one line for people, without a stack', () => {
  const lines: string[] = [];
  const now = (): Date => new Date(Date.UTC(2026, 0, 1, 12, 30, 5));
  const logger = createTerminalLogger('info', (line) => lines.push(line), now);
  logger.debug({}, 'details');
  logger.error({ error: new Error('boom'), at: '[::1]:7', count: 2 }, 'it failed');
  expect(lines).toEqual(['12:30:05 error it failed error="boom" at="[::1]:7" count=2\n']);
});

test('a process is known by when it started, and one that is not there is not', () => {
  expect(processStart(process.pid)).toBe(processStart(process.pid));
  expect(processStart(process.pid)).toBeGreaterThan(0);
  expect(processStart(2 ** 22 + 1)).toBeUndefined();
  expect(bootId()).toMatch(/^[0-9a-f-]{36}$/);
});
