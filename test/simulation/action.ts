import type { Chance } from '../support/world/chance.ts';

// What a user may do, before it is known what he sees. Few names and much renaming make collisions frequent.

export type ActionKind =
  | ('write' | 'write-same' | 'write-large' | 'append' | 'write-at' | 'truncate' | 'save' | 'read')
  | ('mkdir' | 'rmdir' | 'remove-tree' | 'unlink' | 'link' | 'symlink' | 'fifo')
  | ('rename' | 'rename-over' | 'rename-deep' | 'exchange' | 'swap')
  | ('chmod' | 'chown' | 'touch' | 'setxattr' | 'removexattr')
  | ('unlink-conflict' | 'rename-conflict' | 'append-conflict');

export interface Action {
  readonly kind: ActionKind;
  /** Choose among what there is, modulo how much. */
  readonly first: number;
  readonly second: number;
  readonly name: string;
  /** Brought to the disk before it counts as done. */
  readonly fsync: boolean;
}

const weights: Readonly<Record<ActionKind, number>> = {
  ...{ write: 16, 'write-same': 2, 'write-large': 2, append: 10, 'write-at': 4, truncate: 2 },
  ...{ save: 4, read: 6, mkdir: 12, rmdir: 5, 'remove-tree': 3, unlink: 8, link: 5, symlink: 2 },
  ...{ fifo: 1, rename: 12, 'rename-over': 5, 'rename-deep': 6, exchange: 3, swap: 3, chmod: 4 },
  ...{ chown: 2, touch: 2, setxattr: 4, removexattr: 2 },
  ...{ 'unlink-conflict': 3, 'rename-conflict': 3, 'append-conflict': 3 },
};

const names = ['a', 'b', 'c.txt', 'd', 'e.tar.gz', 'f\\xff'];

export function anyAction(chance: Chance): Action {
  return {
    kind: chance.weighed(weights),
    first: chance.below(10_000),
    second: chance.below(10_000),
    name: chance.happens(0.8) ? chance.pick(names.slice(0, 3)) : chance.pick(names),
    fsync: chance.happens(0.2),
  };
}
