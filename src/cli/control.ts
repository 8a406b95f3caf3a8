import { createControlClient, type ControlClient } from '../control/client.ts';
import { homePaths } from '../storage/data-directory-paths.ts';
import { requireHome } from '../storage/data-directory.ts';

/** The daemon of a home. Throws an ExpectedFailure when the home belongs to no network; calls reject when no daemon runs. */
export function controlOf(home: string): ControlClient {
  const paths = homePaths(home);
  requireHome(paths);
  return createControlClient(paths.controlSocket);
}
