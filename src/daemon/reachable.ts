import type { Config } from '../config/schema.ts';
import { reachableAddresses } from '../network/address.ts';

/** `host:port` at which others can reach this peer: as its owner says, or every address of this machine that it listens on. */
export function reachable(config: Config, listening: readonly string[]): readonly string[] {
  return config.announce.length > 0 ? config.announce : reachableAddresses(listening);
}
