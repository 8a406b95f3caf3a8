import { formatSize } from '../config/quantity.ts';
import type { ConflictReply, ContenderReply } from '../control/conflicts.ts';
import { formatTime } from './print.ts';

// How conflicts are shown to people. A path is one that they can give back, so it is under the mountpoint where there is one.

export function pathUnder(mountpoint: string | null, path: string): string {
  return mountpoint === null ? path : `${mountpoint}${path}`;
}

export function describeInList(conflict: ConflictReply, mountpoint: string | null): string[] {
  return [
    `${pathUnder(mountpoint, conflict.path)}: ${kindOf(conflict)}`,
    ...conflict.contenders.map(
      (contender) => `  ${pathUnder(mountpoint, contender.path)}: ${describe(contender)}`,
    ),
  ];
}

export function describeDetails(conflict: ConflictReply, mountpoint: string | null): string[] {
  return [
    `${pathUnder(mountpoint, conflict.path)}: ${kindOf(conflict)}`,
    ...conflict.contenders.flatMap((contender) => [
      `  ${pathUnder(mountpoint, contender.path)}`,
      `    ${describe(contender)}`,
      `    mode ${contender.mode.toString(8).padStart(4, '0')}, owner ${contender.uid}:${contender.gid}, inode:${contender.inode}`,
      ...(contender.type === 'file'
        ? [`    ${formatSize(contender.residentBytes)} on this disk`]
        : []),
    ]),
  ];
}

function kindOf({ kind, contenders }: ConflictReply): string {
  return kind === 'versions'
    ? `${contenders.length} versions of one file`
    : `${contenders.length} things of one name`;
}

function describe({ type, user, changedAtMs, size, hasName, kind }: ContenderReply): string {
  const what = type === 'file' ? formatSize(size) : type.replace('-', ' ');
  const who = user === null ? '' : `by ${user}, `;
  const where = hasName
    ? ', has the name'
    : kind === 'version'
      ? ', stands beside'
      : ', wants the name';
  return `${who}${formatTime(changedAtMs)}, ${what}${where}`;
}
