import { loadConfig } from '../config/load.ts';
import { systemClock } from '../platform/clock.ts';
import { openDataDirectory } from '../storage/data-directory.ts';
import { homePaths } from '../storage/data-directory-paths.ts';
import { realDisk } from '../storage/disk.ts';
import { growingFiles } from '../storage/growing-files.ts';
import { Reserve } from '../storage/reserve.ts';
import { ReservingDisk } from '../storage/reserving-disk.ts';
import { WatchedDisk } from '../storage/watched-disk.ts';
import { type Admission, openAdmission } from './admission.ts';
import type { DaemonOptions, RunningDaemon } from './daemon-options.ts';
import { Life } from './life.ts';
import { keepChosenPorts, listenAddresses } from './listen.ts';
import { localOwner } from './local-owner.ts';
import { openIdentity } from './open-identity.ts';
import { openPeer, type Peer } from './peer.ts';
import { reachable } from './reachable.ts';
import { serveControl } from './serve-control.ts';
import { showMount } from './show-mount.ts';

/** Builds the parts and joins them: the one place that knows them all. See StartDaemon for the contract. */
export async function startDaemon(options: DaemonOptions): Promise<RunningDaemon> {
  const { logger } = options;
  const [clock, startedAtMs] = [systemClock, systemClock.nowMs()];
  const reserve = new Reserve(homePaths(options.home).reserve, clock);
  const disk = new WatchedDisk(new ReservingDisk(realDisk, reserve), clock);
  await using opened = new AsyncDisposableStack();
  const home = await openDataDirectory(options.home, disk);
  const end = { isClean: false };
  opened.defer(() => home.close(end.isClean));
  opened.defer(() => reserve.close());

  const { paths } = home;
  const config = loadConfig(paths.config);
  const identity = openIdentity(paths, clock);
  const addresses = (): readonly string[] => reachable(config, peer.network.listening);
  const admission: Admission | undefined = openAdmission({
    ...{ paths, identity, disk, clock, logger, addresses },
  });
  const listen = listenAddresses(options, config);
  const connect = [...config.connect, ...options.connect];
  const owner = localOwner(options, identity.flavour);
  const peer: Peer = await openPeer(
    { home, identity, config, listen, connect, owner, admission, disk, reserve, clock, logger },
    opened,
  );
  reserve.watch(() => growingFiles(home, identity.certificate.device));
  keepChosenPorts(paths, disk, listen, peer.network.listening);

  const mounted = await showMount(options, peer, config.passthrough ? paths.content : undefined);
  const life = new Life({ peer, mounted, logger, opened: opened.move(), end });
  try {
    await serveControl({ options, paths, config, peer, admission, life, clock, startedAtMs });
  } catch (error) {
    await life.stop();
    throw error;
  }
  logger.info({ listen: peer.network.listening, mountpoint: options.mountpoint }, 'ready');
  return life;
}
