import { hash } from '../../crypto/hash.ts';
import {
  blockLength,
  blocksBelow,
  childrenOf,
  geometryOf,
  pageOfBlock,
  type Geometry,
} from '../merkle/geometry.ts';
import type { TreePage } from '../merkle/tree.ts';
import { zeroBlockHash, zeroNodeHash, zeroPage } from '../merkle/zeros.ts';
import type { StoreContext } from '../store-context.ts';
import { defaultBlockSize, pageFanOut, type FileId, type Version } from '../version.ts';
import { bitsLength, clearBit, hasBit, setBit } from './bits.ts';
import { MapFile } from './map-file.ts';
import type { MapHeader } from './map-format.ts';
import { slotCount, slotHash, type Slot } from './slot.ts';

/** What the manifest needs from whoever holds the bytes. */
export interface ManifestHost {
  /** Has a local change that no version has: its bytes are not the version's. */
  isDirty(block: number): boolean;
  /** Makes the bytes of these blocks zeros. */
  zero(firstBlock: number, blocks: number): void;
  /** Hash of the first `length` bytes on this disk, or undefined when there are fewer: what a file of one block has for a manifest. */
  hashOfOnlyBlock(length: number): Buffer | undefined;
}

export interface MissingPage {
  readonly level: number;
  readonly index: number;
  readonly hash: Buffer;
}

/**
 * The manifest pages of one version of a file, as far as this disk has them, and which blocks are resident. A page is believed when
 * its hash is what the page above it lists, so a new version costs nothing until its changed pages are asked for.
 */
export class Manifest {
  readonly map: MapFile;
  version: Version | null = null;
  geometry: Geometry = geometryOf(0, defaultBlockSize);
  adoptions = 0;
  /** After a crash in the middle of publishing: pages of this version's adoption count are the best truth there is. */
  recovering = false;
  /** Rises with every version, so that pages are compared with the version's hashes once and not at every access. */
  #epoch = 1;
  readonly #context: StoreContext;
  readonly #host: ManifestHost;
  readonly #slots = new Map<number, Slot>();
  /** Slots that were looked for on the disk in vain: readers that wait for a page ask for it again and again. */
  readonly #absent = new Set<number>();
  /** The map's header says the version since it became this one. */
  #headerSaved = false;

  constructor(context: StoreContext, file: FileId, host: ManifestHost, knownNotToExist: boolean) {
    this.#context = context;
    this.#host = host;
    this.map = new MapFile(context, file, knownNotToExist);
  }

  /** Another number for every version that this came to describe. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Describes another version from now on. Slots of the former one stay until pages of the new one take their place. */
  become(version: Version | null, adoptions: number): void {
    this.version = version;
    this.adoptions = adoptions;
    this.geometry = geometryOf(version?.size ?? 0, version?.blockSize ?? defaultBlockSize);
    this.#epoch += 1;
    this.#headerSaved = false;
  }

  get header(): MapHeader | undefined {
    return this.version ? { version: this.version, adoptions: this.adoptions } : undefined;
  }

  saveHeader(): void {
    if (!this.header || this.geometry.levels === 0) return;
    this.map.writeHeader(this.header);
    this.#headerSaved = true;
  }

  /** For a map whose own header was lost. */
  saveHeaderIfMapped(): void {
    if (this.map.descriptor()) this.saveHeader();
  }

  /** The level-0 page of a block of this version: undefined when a page on the way is not here. */
  leaf(block: number): Slot | undefined {
    return this.page(0, pageOfBlock(block));
  }

  page(level: number, index: number): Slot | undefined {
    const known = this.#slots.get(slotKey(level, index));
    if (known?.epoch === this.#epoch) {
      known.recent = true;
      return known;
    }
    const wanted = this.#wantedHash(level, index);
    if (!wanted) return undefined;
    if (this.geometry.levels === 0) return this.#onlyBlock(wanted);
    const stored = known ?? this.#load(level, index);
    if (stored && this.#believes(stored, wanted)) {
      stored.epoch = this.#epoch;
      return stored;
    }
    const full = childrenOf(this.geometry, level, index) === pageFanOut;
    if (!full || !wanted.equals(zeroNodeHash(this.geometry.blockSize, level))) return undefined;
    return this.install(level, index, zeroPage(this.geometry.blockSize, level));
  }

  #believes(slot: Slot, wanted: Buffer): boolean {
    if (slot.pageHash.equals(wanted)) return true;
    return this.recovering && slot.adoptions === this.adoptions;
  }

  /** Believed for want of better although the page above lists another one. */
  isOutOfPlace(slot: Slot): boolean {
    return !this.#wantedHash(slot.level, slot.index)?.equals(slot.pageHash);
  }

  /** The first page that has to be fetched on the way to this one. Pages above nothing but blocks from `limit` on do not count. */
  missingOnTheWay(level: number, index: number, limit = Infinity): MissingPage | undefined {
    for (let at = this.geometry.levels - 1; at >= level; at -= 1) {
      const atIndex = Math.floor(index / pageFanOut ** (at - level));
      if (atIndex * blocksBelow(at) >= limit) return undefined;
      if (this.page(at, atIndex)) continue;
      const wanted = this.#wantedHash(at, atIndex);
      return wanted ? { level: at, index: atIndex, hash: wanted } : undefined;
    }
    return undefined;
  }

  #wantedHash(level: number, index: number): Buffer | undefined {
    if (!this.version || index < 0) return undefined;
    const top = Math.max(0, this.geometry.levels - 1);
    if (level >= top) return level === top && index === 0 ? this.version.root : undefined;
    const parent = this.page(level + 1, pageOfBlock(index));
    const child = index % pageFanOut;
    return parent && child < slotCount(parent) ? slotHash(parent, child) : undefined;
  }

  /** A file of one block keeps no map: its bytes are hashed instead. */
  #onlyBlock(root: Buffer): Slot | undefined {
    const { blocks, size } = this.geometry;
    if (blocks === 0) return undefined;
    const slot = this.#newSlot(0, 0, root, Buffer.from(root));
    if (this.#host.isDirty(0)) return this.#keep(slot);
    if (this.#host.hashOfOnlyBlock(size)?.equals(root)) setBit(slot.resident, 0);
    else if (root.equals(zeroBlockHash(size))) {
      this.#host.zero(0, 1);
      setBit(slot.resident, 0);
    }
    return this.#keep(slot);
  }

  /** A page that came from somewhere and whose hash was checked. Blocks whose hash changed are not resident any more. */
  install(level: number, index: number, hashes: Buffer): Slot {
    const old = this.#slots.get(slotKey(level, index)) ?? this.#load(level, index);
    const slot = this.#newSlot(level, index, hash(hashes), hashes);
    if (level === 0) this.#carryResidency(old, slot);
    // Whose pages these are must be known also when the tree has moved on before the file is looked at again.
    if (!this.#headerSaved) this.saveHeader();
    // A page of zeros needs no place in the map, unless another one is there.
    if (old || !slot.pageHash.equals(zeroNodeHash(this.geometry.blockSize, level))) {
      slot.unsaved = 'all';
      this.saveSlot(slot);
    }
    if (old) this.#forget(old);
    return this.#keep(slot);
  }

  #carryResidency(old: Slot | undefined, slot: Slot): void {
    const zeros: number[] = [];
    for (let child = 0; child < slotCount(slot); child += 1) {
      const block = slot.index * pageFanOut + child;
      if (this.#host.isDirty(block)) continue;
      const now = slotHash(slot, child);
      if (old && hasBit(old.resident, child) && slotHash(old, child).equals(now)) {
        setBit(slot.resident, child);
        slot.era = Math.min(slot.era, old.era);
      } else if (now.equals(zeroBlockHash(blockLength(this.geometry, block)))) {
        zeros.push(block);
      }
    }
    this.#zeroRuns(zeros);
    for (const block of zeros) setBit(slot.resident, block % pageFanOut);
  }

  #zeroRuns(blocks: readonly number[]): void {
    for (let start = 0; start < blocks.length;) {
      let end = start + 1;
      while (blocks[end] === blocks[start]! + end - start) end += 1;
      this.#host.zero(blocks[start]!, end - start);
      start = end;
    }
  }

  /** Pages of a version that was made here, with the blocks that are resident in it. To be saved afterwards. */
  replace(page: TreePage, resident: Uint8Array, era: number): void {
    const old = this.#slots.get(slotKey(page.level, page.index));
    if (old) this.#forget(old);
    const slot = this.#newSlot(page.level, page.index, page.hash, page.hashes, resident);
    slot.era = era;
    slot.unsaved = 'all';
    this.#keep(slot);
  }

  /** Residency that was noted before the last unclean stop has to be checked first. */
  isSuspect(slot: Slot): boolean {
    return slot.era !== this.#context.era;
  }

  isResident(block: number): boolean {
    const slot = this.leaf(block);
    if (slot === undefined || this.isSuspect(slot)) return false;
    return hasBit(slot.resident, block % pageFanOut) || this.#becomesZeros(block);
  }

  /** A block of zeros need not be brought: it is made. */
  #becomesZeros(block: number): boolean {
    if (!this.isOfZeros(block)) return false;
    this.#host.zero(block, 1);
    this.markResident(block);
    return true;
  }

  isOfZeros(block: number): boolean {
    const zeros = zeroBlockHash(blockLength(this.geometry, block));
    return this.hashOf(block)?.equals(zeros) ?? false;
  }

  /** How many blocks from this one on one page says to be zeros: those of the highest page that begins here, or none. */
  zerosFrom(block: number): number {
    for (let level = this.geometry.levels - 1; level >= 0; level -= 1) {
      const below = blocksBelow(level);
      if (block % below !== 0) continue;
      const wanted = this.#wantedHash(level, block / below);
      if (wanted?.equals(zeroNodeHash(this.geometry.blockSize, level))) return below;
    }
    return 0;
  }

  hashOf(block: number): Buffer | undefined {
    const slot = this.leaf(block);
    const child = block % pageFanOut;
    return slot && child < slotCount(slot) ? slotHash(slot, child) : undefined;
  }

  markResident(block: number): void {
    const slot = this.leaf(block);
    if (!slot) return;
    setBit(slot.resident, block % pageFanOut);
    if (slot.unsaved === 'nothing') slot.unsaved = 'head';
  }

  /** The bytes from here on are gone, so no slot of any version may say that they are resident. Saved at once: see docs/formats. */
  forgetResidencyFrom(block: number): void {
    const boundary = pageOfBlock(block);
    for (const slot of this.#slots.values()) {
      if (slot.level === 0 && slot.index > boundary) this.#forget(slot);
    }
    this.map.dropSlots(0, boundary + 1);
    const slot = this.#slots.get(slotKey(0, boundary)) ?? this.#load(0, boundary);
    if (!slot) return;
    for (let child = block % pageFanOut; child < pageFanOut; child += 1) {
      clearBit(slot.resident, child);
    }
    if (this.geometry.levels === 0 && slot.unsaved !== 'all') return;
    slot.unsaved = 'all';
    this.saveSlot(slot);
  }

  saveSlot(slot: Slot): void {
    if (slot.unsaved === 'nothing' || this.geometry.levels === 0) return;
    if (slot.unsaved === 'all') this.map.writeSlot(slot.level, slot.index, slot);
    else this.map.writeSlotHead(slot.level, slot.index, slot);
    slot.unsaved = 'nothing';
  }

  save(): void {
    for (const slot of this.#slots.values()) this.saveSlot(slot);
  }

  evict(slot: Slot): void {
    this.saveSlot(slot);
    this.#slots.delete(slotKey(slot.level, slot.index));
  }

  /** A page as it was last known here, of whatever version. */
  stored(level: number, index: number): Slot | undefined {
    return this.#slots.get(slotKey(level, index)) ?? this.#load(level, index);
  }

  /** Forgets what is in memory. */
  clear(): void {
    for (const slot of this.#slots.values()) this.#forget(slot);
    this.#absent.clear();
  }

  #newSlot(
    level: number,
    index: number,
    pageHash: Buffer,
    hashes: Buffer,
    resident: Uint8Array = new Uint8Array(bitsLength),
  ): Slot {
    return {
      ...{ level, index, pageHash, hashes, resident },
      ...{ era: this.#context.era, adoptions: this.adoptions, epoch: this.#epoch },
      ...{ unsaved: 'nothing', recent: true },
    };
  }

  #load(level: number, index: number): Slot | undefined {
    const key = slotKey(level, index);
    if (this.#absent.has(key)) return undefined;
    const bytes = this.map.readSlot(level, index);
    // A process that was killed while it wrote, or a machine that stopped, leaves a torn page.
    if (!bytes || !hash(bytes.hashes).equals(bytes.pageHash)) {
      this.#absent.add(key);
      return undefined;
    }
    return this.#keep({ level, index, ...bytes, epoch: 0, unsaved: 'nothing', recent: true });
  }

  #keep(slot: Slot): Slot {
    const former = this.#slots.get(slotKey(slot.level, slot.index));
    if (former && former !== slot) this.#context.slots.remove(former);
    this.#slots.set(slotKey(slot.level, slot.index), slot);
    this.#absent.delete(slotKey(slot.level, slot.index));
    this.#context.slots.add(slot, this);
    return slot;
  }

  #forget(slot: Slot): void {
    this.#slots.delete(slotKey(slot.level, slot.index));
    this.#context.slots.remove(slot);
  }
}

/** Levels are few, and a level has fewer than 2^40 pages. */
function slotKey(level: number, index: number): number {
  return level * 2 ** 40 + index;
}
