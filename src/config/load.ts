import { readFileSync } from 'node:fs';
import { parse, TomlError } from 'smol-toml';
import type { z } from 'zod';
import { ExpectedFailure } from '../util/expected-failure.ts';
import { configSchema, type Config } from './schema.ts';

/** Reads a config.toml; a missing file means the defaults. Throws an ExpectedFailure that names the file, the key and what is allowed. */
export function loadConfig(path: string): Config {
  return parseConfig(readIfThere(path), path);
}

/** `path` is only for messages. */
export function parseConfig(text: string, path: string): Config {
  const { success, data, error } = configSchema.safeParse(parseToml(text, path));
  if (success) return data;
  throw new ExpectedFailure('usage', `${path}: ${firstProblem(error)}.`);
}

function parseToml(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason = ''] = error.message.replace('Invalid TOML document: ', '').split('\n');
    throw new ExpectedFailure(
      'usage',
      `${path}, line ${error.line}: this is not TOML (${reason}).`,
    );
  }
}

// One problem at a time: the first is often the cause of the others.
function firstProblem(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return 'something in it is wrong';
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(configSchema.shape).join(', ');
    return `there is no setting "${issue.keys[0]}"; the settings are ${known}`;
  }
  return `"${keyOf(issue.path)}" must be ${issue.message}`;
}

function keyOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}${String(part)}`),
    '',
  );
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return '';
    throw new ExpectedFailure('machine', `${path} cannot be read (${code ?? message}).`);
  }
}
