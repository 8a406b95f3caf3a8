import type { Mounted } from '../fuse/mount-file-system.ts';
import type { Logger } from '../platform/logger.ts';
import type { RunningDaemon } from './daemon-options.ts';
import { finishWork } from './leave.ts';
import type { Peer } from './peer.ts';
import { takeMountAway } from './show-mount.ts';

export interface LifeOptions {
  readonly peer: Peer;
  readonly mounted: Mounted | undefined;
  readonly logger: Logger;
  /** All that is open. */
  readonly opened: AsyncDisposableStack;
  /** Set once nothing is left to be done at the next start. */
  readonly end: { isClean: boolean };
}

/** From ready to ended: one end, whoever asks for it first. */
export class Life implements RunningDaemon {
  readonly stopped: Promise<void>;
  readonly #options: LifeOptions;
  readonly #end = Promise.withResolvers<void>();
  #ending = false;
  #closeControl: (() => Promise<void>) | undefined;

  constructor(options: LifeOptions) {
    this.#options = options;
    this.stopped = this.#end.promise;
    // Somebody else may unmount it; a daemon whose only mount is gone has nothing left to do.
    void options.mounted?.closed.then(() => this.stop());
  }

  get mounted(): Mounted | null {
    return this.#options.mounted ?? null;
  }

  /** Rejects while the mount is in use; otherwise nothing is mounted any more, and the caller stops the rest. */
  async umount(): Promise<void> {
    const { mounted } = this.#options;
    if (mounted !== undefined) await takeMountAway(mounted);
  }

  /** The local API answers until everything else is done, so that `status` can tell of a daemon that leaves. */
  closeAtTheEnd(close: () => Promise<void>): void {
    this.#closeControl = close;
  }

  stop(): Promise<void> {
    if (!this.#ending) {
      this.#ending = true;
      this.#leave().then(this.#end.resolve, this.#end.reject);
    }
    return this.stopped;
  }

  async #leave(): Promise<void> {
    const { peer, mounted, logger, opened, end } = this.#options;
    if (mounted !== undefined) await detach(mounted, logger);
    await finishWork(peer, logger);
    await this.#closeControl?.();
    end.isClean = true;
    await opened.disposeAsync();
    logger.info({}, 'left');
  }
}

/** Processes that are still inside keep what they have open until this process ends, but nobody new comes in. */
async function detach(mounted: Mounted, logger: Logger): Promise<void> {
  try {
    await mounted.unmount();
  } catch (error) {
    logger.warn({ error }, 'the mount is in use and is taken away all the same');
    await mounted.unmount({ lazy: true });
  }
}
