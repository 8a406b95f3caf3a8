import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runProgram } from '../../support/run-command.ts';

const root = join(import.meta.dirname, '../../..');
const launcher = join(root, 'bin', 'peerfuse.js');

test('the launcher can be executed and starts the program of this version', async () => {
  accessSync(launcher, constants.X_OK);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  const outcome = await runProgram([process.execPath, launcher, '--version']);
  expect(outcome).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
});

test('the launcher passes arguments, streams and exit codes through, whichever Node found it', async () => {
  const outcome = await runProgram([launcher, 'nonsense']);
  expect(outcome.exitCode).toBe(2);
  expect(outcome.stderr).toMatch(/^peerfuse: unknown command 'nonsense'/);
});

test('a Node that is too old and alone is told so', async () => {
  const pretend = "Object.defineProperty(process.versions, 'node', { value: '20.1.0' });";
  const script = `${pretend} process.env.PEERFUSE_NODE_TRIED = '1'; await import('${launcher}');`;
  const outcome = await runProgram([process.execPath, '--input-type=module', '--eval', script]);
  expect(outcome).toEqual({
    ...{ exitCode: 1, stdout: '' },
    stderr:
      'peerfuse: Node 24.12 or newer is needed and this is 20.1.0; install it from https://nodejs.org/.\n',
  });
});
