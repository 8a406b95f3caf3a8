import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { loadConfig } from '../config/load.ts';
import { createControlClient } from '../control/client.ts';
import { homePaths, type HomePaths } from '../storage/data-directory-paths.ts';
import { requireHome } from '../storage/data-directory.ts';
import { ExpectedFailure } from '../util/expected-failure.ts';
import { judgeReadiness, readinessDescriptor, readinessVariable } from './readiness.ts';

/**
 * Starts this program once more with these arguments (and --foreground) as a process of its own that outlives the terminal. Resolves
 * when it is ready; rejects with the reason for which it could not be.
 */
export async function startInBackground(
  home: string,
  arguments_: readonly string[],
): Promise<void> {
  const paths = homePaths(home);
  requireHome(paths);
  loadConfig(paths.config);
  await requireNotRunning(paths);
  const child = launch(paths, ['--home', home, ...arguments_, '--foreground']);
  // Ctrl-C while waiting means that the daemon is not wanted after all. It is in another process group and would not hear it.
  const interrupt = (): void => void child.kill('SIGTERM');
  process.once('SIGINT', interrupt);
  try {
    judgeReadiness(await firstLine(child), paths.lastOutput);
  } finally {
    process.off('SIGINT', interrupt);
    child.unref();
  }
}

async function requireNotRunning(paths: HomePaths): Promise<void> {
  const status = await createControlClient(paths.controlSocket)
    .status()
    .catch((error: unknown) => {
      if (error instanceof ExpectedFailure && error.kind === 'missing') return undefined;
      throw error;
    });
  if (status === undefined) return;
  const where = status.mountpoint === null ? 'without a mount' : `mounted at ${status.mountpoint}`;
  throw new ExpectedFailure(
    'exists',
    `A daemon of ${paths.home} runs already (process ${status.pid}, ${where}); end it with "peerfuse stop" first.`,
  );
}

function launch(paths: HomePaths, arguments_: readonly string[]): ChildProcess {
  const output = openSync(paths.lastOutput, 'w', 0o600);
  try {
    const [, program = ''] = process.argv;
    return spawn(process.execPath, [...process.execArgv, program, ...arguments_], {
      // It must not keep a directory busy that somebody wants to unmount.
      cwd: '/',
      detached: true,
      env: { ...process.env, [readinessVariable]: String(readinessDescriptor) },
      stdio: ['ignore', output, output, 'pipe'],
    });
  } finally {
    closeSync(output);
  }
}

/** What the daemon says first, or nothing when it ends without a word. */
async function firstLine(child: ChildProcess): Promise<string> {
  const pipe = child.stdio[readinessDescriptor] as Readable;
  let text = '';
  for await (const chunk of pipe) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return text;
}
