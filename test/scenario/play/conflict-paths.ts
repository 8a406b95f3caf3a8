import type { ConflictReply } from '../../../src/control/conflicts.ts';

// The local API speaks of paths as text, from the network's root; a scenario of raw bytes, from its folder.

/** What stands beside the name that it wants, in the scenario's folder. */
export function pathsBeside(conflicts: readonly ConflictReply[], folder: string): string[] {
  return conflicts
    .flatMap(({ contenders }) => contenders)
    .filter(({ hasName, path }) => !hasName && path.startsWith(`/${folder}/`))
    .map(({ path }) => Buffer.from(path.slice(folder.length + 2)).toString('latin1'));
}

export function pathFromRoot(path: string, folder: string): string {
  return `/${folder}/${Buffer.from(path, 'latin1').toString()}`;
}
