import { execFile } from 'node:child_process';

/** `silent`: it neither answers nor says that its daemon is gone. */
export type MountState = 'answers' | 'dead' | 'silent';

/** A mount that lives answers within this time, however busy its daemon is. */
export const answerLimitMs = 10_000;

/** What the kernel says of a mount whose daemon is gone, or that was aborted. */
const deathNotices = ['Transport endpoint is not connected', 'Software caused connection abort'];

/**
 * Asks for free space: what the kernel never answers from its cache. In a process of its own, since whoever asks a mount that does not
 * answer hangs until he is killed.
 */
export function probeMount(mountpoint: string, limitMs = answerLimitMs): Promise<MountState> {
  const { promise, resolve } = Promise.withResolvers<MountState>();
  const options = {
    timeout: limitMs,
    killSignal: 'SIGKILL' as const,
    env: { ...process.env, LC_ALL: 'C' },
  };
  execFile(
    'stat',
    ['--file-system', '--format=%T', '--', mountpoint],
    options,
    (error, _, said) => {
      if (error === null) resolve('answers');
      else if (deathNotices.some((notice) => said.includes(notice))) resolve('dead');
      // Any other complaint, for instance that we may not look, is an answer.
      else resolve(error.killed === true ? 'silent' : 'answers');
    },
  );
  return promise;
}
