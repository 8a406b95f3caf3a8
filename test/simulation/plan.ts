import type { Flavour } from '../../src/metadata/operations/operation-kind.ts';
import type { DiskSite } from '../../src/storage/disk.ts';
import { Chance } from '../support/world/chance.ts';
import { anyAction, type Action } from './action.ts';

/** Everything that happens in one run. A plan with steps left out is a plan too: that is how a failing one is made smaller. */
export interface Plan {
  readonly seed: number;
  readonly peers: number;
  readonly flavour: Flavour;
  /** See WorldOptions. */
  readonly hasteMs: number;
  /** Each connects to the next ones only, so that what one says comes to some through others. */
  readonly isSparse: boolean;
  /** What all have acknowledged is folded into checkpoints, as soon as there is a little of it. */
  readonly folds: boolean;
  readonly steps: readonly Step[];
}

/** `who` is the number of a peer, modulo how many there are. */
export type Step =
  | { readonly kind: 'act'; readonly who: number; readonly action: Action }
  /** One peer works while all others listen, so that a plain model can tell what must come out. */
  | { readonly kind: 'solo'; readonly who: number; readonly actions: readonly Action[] }
  | { readonly kind: 'deliver'; readonly count: number; readonly seed: number }
  | { readonly kind: 'misbehave'; readonly how: Misbehaviour; readonly seed: number }
  | { readonly kind: 'few'; readonly turns: number }
  /** Nothing arrives in this time, or everything. */
  | { readonly kind: 'pass' | 'advance'; readonly ms: number }
  | { readonly kind: 'partition'; readonly groups: readonly number[] }
  | { readonly kind: 'heal' }
  | { readonly kind: 'offline' | 'online' | 'restart' | 'crash'; readonly who: number }
  | { readonly kind: 'settle' }
  | { readonly kind: 'jump'; readonly who: number; readonly skewMs: number }
  | ArmStep;

export interface ArmStep {
  readonly kind: 'arm';
  readonly who: number;
  readonly site: DiskSite;
  /** Which call of that site breaks, from now on. */
  readonly call: number;
  readonly fault: 'killed' | 'torn' | 'power-cut';
}

export type Misbehaviour = 'repeat' | 'lose' | 'overtake';

export interface Limits {
  readonly peers?: number;
  readonly steps?: number;
  readonly flavour?: Flavour;
}

const minuteMs = 60_000;

/** Sites that a running peer comes to. */
const brokenSites: readonly DiskSite[] = [
  ...(['log.append', 'log.sync', 'log.create', 'database.commit'] as const),
  ...([
    'content.write',
    'content.write-intent',
    'content.flush-data',
    'content.write-map',
  ] as const),
  ...(['content.flush-intents', 'content.resize', 'content.open', 'content.clone'] as const),
  ...(['checkpoint.write', 'checkpoint.sync', 'checkpoint.rename', 'log.fold-rename'] as const),
];

export function planOf(seed: number, limits: Limits = {}): Plan {
  const chance = new Chance(seed);
  const peers = limits.peers ?? chance.pick([2, 2, 3, 3, 3, 4, 4, 5, 6, 8, chance.between(9, 20)]);
  const flavour = limits.flavour ?? chance.pick(['lan', 'lan', 'net'] as const);
  const length = limits.steps ?? chance.between(30, peers > 8 ? 200 : 350);
  const habits = habitsOf(chance);
  return {
    ...{ seed, peers, flavour },
    hasteMs: chance.happens(0.4) ? 1 : 0,
    isSparse: peers > 3 && chance.happens(0.4),
    folds: chance.happens(0.5),
    steps: Array.from({ length }, () => anyStep(chance, habits, peers)),
  };
}

/** What this run is mostly about: runs in which everything happens all the time reach no depth. */
function habitsOf(chance: Chance): Readonly<Record<Step['kind'], number>> {
  const sometimes = (weight: number): number => (chance.happens(0.6) ? weight : 0);
  return {
    act: 60,
    solo: sometimes(1),
    deliver: chance.pick([2, 10, 30]),
    misbehave: sometimes(2),
    few: 4,
    pass: 8,
    advance: sometimes(1.5),
    partition: 2,
    heal: 1.5,
    offline: 2,
    online: 3,
    restart: sometimes(1),
    crash: sometimes(1.5),
    settle: sometimes(2),
    jump: sometimes(1),
    arm: sometimes(1.5),
  };
}

function anyStep(
  chance: Chance,
  habits: Readonly<Record<Step['kind'], number>>,
  peers: number,
): Step {
  const kind = chance.weighed(habits);
  const who = chance.below(peers);
  const seed = chance.below(2 ** 31);
  switch (kind) {
    case 'act':
      return { kind, who, action: anyAction(chance) };
    case 'solo':
      return {
        ...{ kind, who },
        actions: Array.from({ length: chance.between(1, 15) }, () => anyAction(chance)),
      };
    case 'deliver':
      return { kind, count: chance.between(1, 12), seed };
    case 'misbehave':
      return { kind, how: chance.pick(['repeat', 'lose', 'overtake'] as const), seed };
    case 'few':
      return { kind, turns: chance.between(1, 6) };
    case 'pass':
      return { kind, ms: chance.pick([1, 10, 60, 400, 1100, 7000, minuteMs, 30 * minuteMs]) };
    case 'advance':
      return { kind, ms: chance.pick([100, 2000, 20_000, 3 * minuteMs, 20 * minuteMs]) };
    case 'partition':
      return { kind, groups: Array.from({ length: peers }, () => chance.below(3)) };
    case 'jump':
      return { kind, who, skewMs: anySkewMs(chance) };
    case 'arm':
      return anyArm(chance, who);
    case 'heal':
    case 'settle':
      return { kind };
    case 'offline':
    case 'online':
    case 'restart':
    case 'crash':
    default:
      return { kind, who };
  }
}

function anySkewMs(chance: Chance): number {
  if (chance.happens(0.15)) return chance.pick([-1, 1]) * 24 * 60 * minuteMs;
  return chance.between(-9 * minuteMs, 9 * minuteMs);
}

function anyArm(chance: Chance, who: number): ArmStep {
  const fault = chance.pick(['killed', 'killed', 'torn', 'power-cut'] as const);
  return { kind: 'arm', who, site: chance.pick(brokenSites), call: chance.between(1, 6), fault };
}
