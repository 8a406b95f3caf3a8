import { closeSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { ExpectedFailure } from '../util/expected-failure.ts';
import { systemFailure } from './system-failure.ts';

// How a daemon in the background tells the command that started it how that went: one line of JSON on an inherited descriptor.

/** The descriptor in the daemon, and the environment variable that names it. */
export const readinessDescriptor = 3;
export const readinessVariable = 'PEERFUSE_READY_FD';

const messageSchema = z.union([
  z.object({ ready: z.literal(true) }),
  z.object({
    kind: z.enum(['usage', 'missing', 'refused', 'unreachable', 'exists', 'machine', 'bug']),
    message: z.string(),
  }),
]);

/** The daemon's side. Telling does nothing when nobody waits. */
export interface Readiness {
  /** Whether a command waits, which also means that there is no terminal. */
  readonly isAwaited: boolean;
  ready(): void;
  failed(error: unknown): void;
}

/** Takes the variable out of the environment, so that no child of the daemon believes that it is meant. */
export function takeReadiness(environment: NodeJS.ProcessEnv): Readiness {
  const isAwaited = environment[readinessVariable] === String(readinessDescriptor);
  delete environment[readinessVariable];
  const tell = (message: z.infer<typeof messageSchema>): void => {
    if (isAwaited) tellOnce(`${JSON.stringify(message)}\n`);
  };
  return {
    isAwaited,
    ready: () => tell({ ready: true }),
    failed(error) {
      const failure = systemFailure(error);
      const { message } = failure ?? (error instanceof Error ? error : new Error(String(error)));
      tell({ kind: failure?.kind ?? 'bug', message });
    },
  };
}

function tellOnce(line: string): void {
  try {
    writeSync(readinessDescriptor, line);
    closeSync(readinessDescriptor);
  } catch {
    // Who started us has gone (Ctrl-C, a closed terminal). The daemon was asked for and stays.
  }
}

/** The command's side: throws what the daemon said went wrong. `lastOutput` is where to look when it said nothing. */
export function judgeReadiness(line: string, lastOutput: string): void {
  const message = parse(line);
  if (message === undefined) {
    throw new ExpectedFailure(
      'machine',
      `The daemon ended before it was ready, without a word; ${lastOutput} and the log beside it say more.`,
    );
  }
  if ('ready' in message) return;
  throw message.kind === 'bug'
    ? new Error(message.message)
    : new ExpectedFailure(message.kind, message.message);
}

function parse(line: string): z.infer<typeof messageSchema> | undefined {
  try {
    return messageSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
