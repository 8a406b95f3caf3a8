import { loadConfig } from '../config/load.ts';
import { createControlClient } from '../control/client.ts';
import { createFileLogger, type LogLevel } from '../platform/file-logger.ts';
import type { Logger } from '../platform/logger.ts';
import { createTerminalLogger } from '../platform/terminal-logger.ts';
import { homePaths, type HomePaths } from '../storage/data-directory-paths.ts';
import { requireHome } from '../storage/data-directory.ts';
import { exitCodes } from './exit-codes.ts';
import { takeReadiness } from './readiness.ts';

/** A daemon as this process sees it: src/daemon/daemon-options.ts. */
interface Running {
  readonly stopped: Promise<void>;
  stop(): Promise<void>;
}

/** Runs the daemon in this process until it ends; signals end it cleanly (SIGTERM, SIGINT) or reload its settings (SIGHUP). */
export async function runForeground(
  home: string,
  start: (logger: Logger) => Promise<Running>,
): Promise<void> {
  const readiness = takeReadiness(process.env);
  const paths = homePaths(home);
  try {
    const logger = openLogger(paths, readiness.isAwaited);
    dieLoudly(logger);
    const running = await start(logger);
    const forgetSignals = obeySignals(running, paths, logger);
    readiness.ready();
    await running.stopped.finally(forgetSignals);
  } catch (error) {
    readiness.failed(error);
    throw error;
  }
}

function openLogger(paths: HomePaths, isBackground: boolean): Logger {
  requireHome(paths);
  const { logLevel } = loadConfig(paths.config);
  if (isBackground) return createFileLogger(paths.logFile, logLevel);
  const level: LogLevel = logLevel;
  return createTerminalLogger(
    level,
    (line) => void process.stderr.write(line),
    () => new Date(),
  );
}

// A bug must not leave a daemon that half works: the log gets the reason, and the kernel ends what the process held.
function dieLoudly(logger: Logger): void {
  const die = (error: unknown): void => {
    logger.error({ error }, 'the daemon ends because of a bug');
    process.exit(exitCodes.unexpected);
  };
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);
}

function obeySignals(running: Running, paths: HomePaths, logger: Logger): () => void {
  const leave = (signal: NodeJS.Signals): void => {
    logger.info({ signal }, 'leaving because of a signal');
    running.stop().catch((error: unknown) => logger.error({ error }, 'could not leave cleanly'));
  };
  const reload = (): void => {
    createControlClient(paths.controlSocket)
      .reload()
      .catch((error: unknown) => logger.error({ error }, 'could not reload the settings'));
  };
  process.on('SIGTERM', leave).on('SIGINT', leave).on('SIGHUP', reload);
  return () => void process.off('SIGTERM', leave).off('SIGINT', leave).off('SIGHUP', reload);
}
