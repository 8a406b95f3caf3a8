import type { Logger } from '../platform/logger.ts';

/** What `mount` and `serve` ask of the daemon. The rest stands in the home's config.toml. */
export interface DaemonOptions {
  /** An initialised home directory, as an absolute path. */
  readonly home: string;
  /** An absolute path; null for a peer that only stores and serves. */
  readonly mountpoint: string | null;
  /** Lets other local users in. */
  readonly allowOther: boolean;
  /** Who the network's user is on this machine; null: the user as whom the daemon runs. On `net` alone. */
  readonly owner: LocalOwner | null;
  /** `host:port` to listen on in place of the configuration's; empty: as configured. */
  readonly listen: readonly string[];
  /** `host:port` of peers to connect to besides the configured and the known ones. */
  readonly connect: readonly string[];
  /** Runs in a terminal: nothing else changes, but messages for people may be written to stderr. */
  readonly foreground: boolean;
  readonly logger: Logger;
}

/** A user of this machine and his own group. */
export interface LocalOwner {
  readonly uid: number;
  readonly gid: number;
}

/** A daemon that is ready: it listens, its control socket answers, and its mountpoint (if any) is mounted. */
export interface RunningDaemon {
  /** Resolves when it has ended, whoever ended it (stop, umount, a signal); rejects when it ended by a failure. */
  readonly stopped: Promise<void>;
  /** Leaves cleanly; resolves with `stopped`. May be called more than once. */
  stop(): Promise<void>;
}

/**
 * `src/daemon/daemon.ts` exports `startDaemon` of this type. It resolves when the daemon is ready. It rejects with an
 * ExpectedFailure (src/util/expected-failure.ts) when it cannot start for a reason that the user can do something about.
 */
export type StartDaemon = (options: DaemonOptions) => Promise<RunningDaemon>;
