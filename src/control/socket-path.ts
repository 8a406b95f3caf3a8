import { closeSync, openSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/** A socket's path as bind(2) and connect(2) take it. The caller closes it after use; a listener, after the server has closed. */
export interface SocketPath {
  readonly path: string;
  close(): void;
}

/**
 * The kernel takes at most 107 bytes for a socket's path, and homes may lie deeper. Through its directory's descriptor every socket
 * has a short path, so that there is one place for it, the home, whatever its length.
 */
export function openSocketPath(path: string): SocketPath {
  const directory = openSync(dirname(path), 'r');
  return {
    path: `/proc/self/fd/${directory}/${basename(path)}`,
    close: () => closeSync(directory),
  };
}
