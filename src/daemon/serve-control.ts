import type { Config } from '../config/schema.ts';
import { startControlServer } from '../control/server.ts';
import type { Clock } from '../platform/clock.ts';
import type { HomePaths } from '../storage/data-directory-paths.ts';
import type { Admission } from './admission.ts';
import { checkPeer } from './check-peer.ts';
import { daemonCalls } from './daemon-calls.ts';
import type { DaemonOptions } from './daemon-options.ts';
import type { Life } from './life.ts';
import type { Peer } from './peer.ts';
import { version } from '../platform/version.ts';

export interface ControlParts {
  readonly options: DaemonOptions;
  readonly paths: HomePaths;
  readonly config: Config;
  readonly peer: Peer;
  readonly admission: Admission | undefined;
  readonly life: Life;
  readonly clock: Clock;
  readonly startedAtMs: number;
}

/** Opens the local API as long as the daemon lives. */
export async function serveControl(parts: ControlParts): Promise<void> {
  const { options, paths, config, peer, admission, life, clock, startedAtMs } = parts;
  const control = daemonCalls({
    facts: { version: version(), home: paths.home, startedAtMs },
    ...{ configPath: paths.config, config, peer, admission, life },
    check: () => checkPeer(peer),
  });
  const { logger } = options;
  const server = await startControlServer({
    ...{ socketPath: paths.controlSocket, control, clock, logger },
  });
  life.closeAtTheEnd(() => server.close());
}
