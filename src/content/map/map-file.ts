import { readSync, unlinkSync } from 'node:fs';
import type { Descriptor } from '../backing/descriptors.ts';
import { mapPath } from '../backing/paths.ts';
import { writeFully } from '../backing/write-fully.ts';
import { fallocateFlags, native } from '../../platform/native.ts';
import type { StoreContext } from '../store-context.ts';
import type { FileId } from '../version.ts';
import {
  decodeHeader,
  decodeSlot,
  encodeHeader,
  encodeSlotHead,
  endOfLevel,
  headerLength,
  slotPosition,
  slotStride,
  type MapHeader,
  type SlotBytes,
} from './map-format.ts';

/** The file beside a backing file that says which manifest pages are known and which blocks are resident. */
export class MapFile {
  readonly path: string;
  readonly #context: StoreContext;
  #exists: boolean | undefined;

  constructor(context: StoreContext, file: FileId, knownNotToExist: boolean) {
    this.#context = context;
    this.path = mapPath(context.directory, file);
    this.#exists = knownNotToExist ? false : undefined;
  }

  descriptor(create = false): Descriptor | undefined {
    if (this.#exists === false && !create) return undefined;
    const descriptor = this.#context.descriptors.open(this.path, create);
    this.#exists = descriptor !== undefined;
    return descriptor;
  }

  readHeader(): MapHeader | undefined {
    const descriptor = this.descriptor();
    if (!descriptor) return undefined;
    const bytes = Buffer.alloc(headerLength);
    const got = readSync(descriptor.number, bytes, 0, headerLength, 0);
    return decodeHeader(bytes.subarray(0, got));
  }

  writeHeader(header: MapHeader): void {
    this.#write(encodeHeader(header), 0);
  }

  readSlot(level: number, index: number): SlotBytes | undefined {
    const descriptor = this.descriptor();
    if (!descriptor) return undefined;
    const bytes = Buffer.allocUnsafe(slotStride);
    const got = readSync(descriptor.number, bytes, 0, slotStride, slotPosition(level, index));
    return decodeSlot(bytes.subarray(0, got));
  }

  writeSlotHead(level: number, index: number, slot: SlotBytes): void {
    this.#write(encodeSlotHead(slot), slotPosition(level, index));
  }

  writeSlot(level: number, index: number, slot: SlotBytes): void {
    this.#write(Buffer.concat([encodeSlotHead(slot), slot.hashes]), slotPosition(level, index));
  }

  /** Forgets the slots of a level from `index` on. */
  dropSlots(level: number, index: number): void {
    const descriptor = this.descriptor();
    if (!descriptor) return;
    this.#context.disk.attempt('content.drop-slots', () =>
      this.#punch(descriptor.number, slotPosition(level, index), endOfLevel(level)),
    );
  }

  /** Where the disk file system cannot, zeros over what is there do the same, and need no room. */
  #punch(descriptor: number, position: number, end: number): void {
    const mode = fallocateFlags.punchHole | fallocateFlags.keepSize;
    if (native.fallocate(descriptor, mode, position, end - position) >= 0) return;
    const zeros = Buffer.alloc(slotStride);
    for (let at = native.seekData(descriptor, position); at >= 0 && at < end;) {
      writeFully(descriptor, zeros.subarray(0, Math.min(zeros.length, end - at)), at);
      at = native.seekData(descriptor, at + zeros.length);
    }
  }

  /** The first level-0 slot at or after `index` that may have been written; undefined when there is none. */
  nextLeafSlot(index: number): number | undefined {
    const descriptor = this.descriptor();
    if (!descriptor) return undefined;
    const position = slotPosition(0, index);
    const found = native.seekData(descriptor.number, position);
    if (found < 0 || found >= endOfLevel(0)) return undefined;
    return Math.max(index, Math.floor((found - headerLength) / slotStride));
  }

  remove(): void {
    const known = this.descriptor() !== undefined;
    this.#context.descriptors.drop(this.path);
    if (known) this.#context.disk.attempt('content.remove-map', () => unlinkSync(this.path));
    this.#exists = false;
  }

  #write(bytes: Buffer, position: number): void {
    const descriptor = this.descriptor(true)!;
    const { number } = descriptor;
    this.#context.disk.attempt('content.write-map', () => writeFully(number, bytes, position), {
      ...{ writes: number, bytes, position },
    });
  }
}
