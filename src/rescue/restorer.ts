import type { ContentStore } from '../content/content-store.ts';
import { sameVersion } from '../content/file/file-state.ts';
import type { FileId } from '../content/version.ts';
import type { InodeId } from '../metadata/ids.ts';
import type { LocalReplica } from '../metadata/local-replica.ts';
import { inodeOfRefusalKey } from '../metadata/tables/global-key.ts';
import { stampFromText } from '../metadata/stamp.ts';
import type { TreeKey } from '../metadata/state/tree-key.ts';
import type { Clock } from '../platform/clock.ts';
import { Breather } from './breather.ts';
import type { RescueHands } from './rescuer.ts';
import type { SeenToTable, SetAside } from './seen-to.ts';

export interface RestorerOptions {
  readonly replica: LocalReplica;
  readonly content: ContentStore;
  readonly seen: SeenToTable;
  readonly clock: Clock;
}

/** In one transaction. */
const forgottenAtOnce = 256;

/**
 * Follows what became of operations without effect. One may have an effect after all, when something that came later allows it: then
 * its bytes, which nobody else can have, go back to where the tree shows them. One that was folded stays without effect for ever.
 */
export class Restorer {
  readonly #options: RestorerOptions;

  constructor(options: RestorerOptions) {
    this.#options = options;
  }

  /** False while something is still on its way. */
  async restore(hands: RescueHands): Promise<boolean> {
    const { seen } = this.#options;
    let isDone = true;
    for (const each of seen.allSetAside()) {
      if (this.#isRefused(each.refusal)) continue;
      if (await this.#isBack(each, hands)) seen.takeBack(each);
      else isDone = false;
    }
    await this.#forgetFolded();
    return isDone;
  }

  #isRefused(refusal: TreeKey): boolean {
    return this.#options.replica.parts.refusals.holds(refusal);
  }

  /** Whether its bytes are where the tree shows them, if they are needed at all. */
  async #isBack({ inode, version }: SetAside, hands: RescueHands): Promise<boolean> {
    const { content, replica } = this.#options;
    const aside = fileOf(version.beside);
    const kept = content.storedVersion(aside);
    if (kept === undefined || !sameVersion(kept, version)) return true;
    // It stands beside the file, under the number where its bytes are.
    if (replica.node(version.beside) !== undefined) return true;
    const isShown = replica.node(inode)?.heads.some((head) => sameVersion(head, version)) ?? false;
    if (isShown) {
      if (!sameVersion(content.storedVersion(fileOf(inode)) ?? null, version)) {
        hands.rearrange(inode, [version]);
        return false;
      }
      await content.clone(aside, version, fileOf(inode));
    }
    content.remove(aside);
    return true;
  }

  async #forgetFolded(): Promise<void> {
    const { seen, replica, clock } = this.#options;
    const { adoption } = replica.parts;
    const breather = new Breather(clock);
    const withBytes = new Set<TreeKey>();
    for (const each of seen.allSetAside()) {
      const isOver = adoption.isFolded(each.version.id) && this.#isFreed(each.version.beside);
      if (isOver) seen.takeBack(each);
      else withBytes.add(each.refusal);
      await breather.rest();
    }
    let over: TreeKey[] = [];
    for (const key of seen.all()) {
      if (!withBytes.has(key) && this.#isOver(key)) over.push(key);
      if (over.length === forgottenAtOnce) over = this.#forget(over);
      await breather.rest();
    }
    this.#forget(over);
  }

  #isOver(key: TreeKey): boolean {
    const { refusals, adoption } = this.#options.replica.parts;
    if (!refusals.holds(key)) return true;
    const isFolded = adoption.isFolded(stampFromText(key.slice(-12)));
    return isFolded && this.#isFreed(inodeOfRefusalKey(key));
  }

  #forget(keys: readonly TreeKey[]): TreeKey[] {
    if (keys.length > 0) {
      this.#options.replica.parts.refusals.forget(keys);
      this.#options.seen.remove(keys);
    }
    return [];
  }

  /** Nothing is left under a number that the tree does not know. */
  #isFreed(inode: InodeId): boolean {
    const { content, replica } = this.#options;
    return replica.node(inode) !== undefined || content.residentBytes(fileOf(inode), null) === 0;
  }
}

function fileOf(inode: InodeId): FileId {
  return inode as number as FileId;
}
