import type { DeviceId } from '../identity/ids.ts';
import type { InodeId } from '../metadata/ids.ts';
import type { Node } from '../metadata/node.ts';
import type { Conflict, Place, Replica } from '../metadata/replica.ts';

/** One of those that want a name. */
export interface Contender {
  readonly place: Place;
  readonly node: Node;
  /** It stands under the name that all of them want. */
  readonly hasName: boolean;
  /** Another version of the file that has the name; otherwise a thing of its own. */
  readonly isVersion: boolean;
}

/** A name that more than one want: versions of one file that were made apart, things that were given one name apart, or both. */
export interface Collision {
  readonly place: Place;
  /** Who has the name comes first, if anybody has. */
  readonly contenders: readonly Contender[];
}

/** All collisions, or the one about a name. Lets others run in between when there are many. */
export async function findCollisions(replica: Replica): Promise<Collision[]> {
  const names = new Map<string, Place>();
  for (const { parent, wanted } of replica.conflicts()) {
    names.set(`${parent}/${wanted}`, { parent, name: wanted });
  }
  const found: Collision[] = [];
  let count = 0;
  for (const place of names.values()) {
    const collision = collisionAbout(replica, place);
    if (collision !== undefined) found.push(collision);
    count += 1;
    if (count % namesAtOnce === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return found;
}

/** Looked at in one turn of the event loop: a few milliseconds. */
const namesAtOnce = 64;

/** Undefined when nobody disputes the name. */
export function collisionAbout(replica: Replica, place: Place): Collision | undefined {
  const holder = replica.entry(place.parent, place.name);
  const contenders = [...replica.conflicts(place)].flatMap((conflict) =>
    contenderBeside(replica, holder?.inode, conflict),
  );
  const node = holder && replica.node(holder.inode);
  if (node !== undefined) contenders.unshift({ place, node, hasName: true, isVersion: false });
  return contenders.length > 1 ? { place, contenders } : undefined;
}

function contenderBeside(
  replica: Replica,
  holder: InodeId | undefined,
  { parent, name, inode }: Conflict,
): Contender[] {
  const node = replica.node(inode);
  if (node === undefined) return [];
  const isVersion = node.conflictOf !== null && node.conflictOf === holder;
  return [{ place: { parent, name }, node, hasName: false, isVersion }];
}

/** The collision in which the thing at this place is. */
export function collisionWith(replica: Replica, place: Place): Collision | undefined {
  const wanted = replica.wantedName(place);
  return collisionAbout(replica, { parent: place.parent, name: wanted ?? place.name });
}

/** Who made what is to be seen there, as far as the tree says. */
export function authorOf({ heads }: Node): DeviceId | undefined {
  return heads[0]?.id.device;
}

export function isSamePlace(a: Place, b: Place): boolean {
  return a.parent === b.parent && a.name === b.name;
}
