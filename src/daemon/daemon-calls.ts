import { type Config, configSchema } from '../config/schema.ts';
import { loadConfig } from '../config/load.ts';
import type { CheckReply, DaemonControl, ReloadReply } from '../control/daemon-control.ts';
import type { Mounted } from '../fuse/mount-file-system.ts';
import { ExpectedFailure } from '../util/expected-failure.ts';
import type { Admission } from './admission.ts';
import { conflictCalls } from './conflict-calls.ts';
import { type DaemonFacts, describePeers, describeStatus, describeTransfers } from './status.ts';
import type { Peer } from './peer.ts';

/** How the daemon ends and what is mounted, which the calls of the local API cannot know. */
export interface DaemonLife {
  readonly mounted: Mounted | null;
  umount(): Promise<void>;
  stop(): Promise<void>;
}

export interface DaemonCallsOptions {
  readonly facts: DaemonFacts;
  readonly configPath: string;
  readonly config: Config;
  readonly peer: Peer;
  readonly admission: Admission | undefined;
  readonly life: DaemonLife;
  readonly check: () => Promise<CheckReply>;
}

/** What the local API asks, answered by the parts. */
export function daemonCalls(options: DaemonCallsOptions): DaemonControl {
  const { facts, peer, admission, life, check } = options;
  let { config } = options;
  return {
    status: () => describeStatus(facts, peer, life.mounted),
    peers: () => describePeers(peer),
    transfers: () => describeTransfers(peer),
    async invite(user, validMs) {
      return requireAuthority(admission).invite(user, validMs);
    },
    async sign(requestText, user, validMs) {
      return requireAuthority(admission).sign(requestText, user, validMs);
    },
    async reload() {
      const fresh = loadConfig(options.configPath);
      for (const address of fresh.connect) {
        if (!config.connect.includes(address)) peer.network.connect(address);
      }
      const reply = needRestart(config, fresh);
      config = { ...config, connect: fresh.connect };
      return reply;
    },
    check,
    ...conflictCalls(peer, () => life.mounted?.mountpoint ?? null),
    umount: () => life.umount(),
    stop: () => life.stop(),
  };
}

function requireAuthority(admission: Admission | undefined): Admission {
  if (admission !== undefined) return admission;
  throw new ExpectedFailure(
    'refused',
    "The authority's key is not on this machine; ask whoever created the network to invite or to sign.",
  );
}

// Only peers to connect to can be added while it runs; everything else was given to a part when it was built.
function needRestart(running: Config, fresh: Config): ReloadReply {
  const names = Object.keys(configSchema.shape) as (keyof Config)[];
  const isChanged = (name: keyof Config): boolean =>
    JSON.stringify(running[name]) !== JSON.stringify(fresh[name]);
  return { needRestart: names.filter((name) => name !== 'connect' && isChanged(name)) };
}
