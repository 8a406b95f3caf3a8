import { closeSync, fstatSync, openSync, rmSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../platform/clock.ts';
import { fallocateFlags, native } from '../platform/native.ts';

/** A start writes less: who holds the home, that it runs, a new generation of the intent journal. */
export const reserveBytes = 2 * 1024 * 1024;

/** With less room than this the next change may not succeed any more. */
const littleRoomBytes = 512 * 1024;

/** How often the room is looked at: quicker than a disk is filled by hand. */
const lookMs = 1_000;

/** A file that must be able to grow when there is no room. */
export interface GrowingFile {
  readonly path: string;
  readonly bytes: number;
}

/**
 * Room on the disk of a home for what must go on when there is no other left, so that people can make room by removing files. Behind
 * the ends of the database and the logs it lies in these files themselves, where nobody else can take it; what a start needs is kept
 * in a file that is given up when the disk is full, and taken back when there is enough.
 */
export class Reserve {
  readonly #path: string;
  readonly #clock: Clock;
  #isScarce = false;
  #growing: () => readonly GrowingFile[] = () => [];
  #cancelTimer: (() => void) | undefined;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
    if (this.#room() < littleRoomBytes) this.giveUp();
  }

  /** What would take more room is to be refused. */
  get isScarce(): boolean {
    return this.#isScarce;
  }

  /** The disk said that it is full. */
  sawFull(): void {
    this.#isScarce = true;
  }

  /** False when there was nothing left to give up. */
  giveUp(): boolean {
    this.#isScarce = true;
    const wasThere = this.#isThere();
    rmSync(this.#path, { force: true });
    return wasThere;
  }

  /** Goes on looking at the room, and keeps some behind these files, until it is closed. */
  watch(growing: () => readonly GrowingFile[]): void {
    this.#growing = growing;
    this.#look();
    this.#cancelTimer = this.#clock.after(lookMs, () => this.watch(growing));
  }

  close(): void {
    this.#cancelTimer?.();
  }

  #look(): void {
    const room = this.#room();
    this.#isScarce = room < (this.#isScarce ? 2 * reserveBytes : littleRoomBytes);
    if (room < 2 * reserveBytes) return;
    try {
      if (!this.#isThere()) keepRoom(this.#path, reserveBytes, 'w');
      for (const { path, bytes } of this.#growing()) keepRoom(path, bytes, 'r+');
    } catch {
      // The disk is out of order, or full a moment later: whoever needs it says so.
      return;
    }
  }

  #isThere(): boolean {
    return (statSync(this.#path, { throwIfNoEntry: false })?.blocks ?? 0) * 512 >= reserveBytes;
  }

  #room(): number {
    try {
      const { bavail, bsize } = statfsSync(dirname(this.#path));
      return bavail * bsize;
    } catch {
      return Infinity;
    }
  }
}

/** Behind the file's end, without changing its size. Where the disk file system cannot, there is none. */
function keepRoom(path: string, bytes: number, flags: 'w' | 'r+'): void {
  const descriptor = openSync(path, flags, 0o600);
  try {
    const { size, blocks } = fstatSync(descriptor);
    if (blocks * 512 - size >= bytes / 2) return;
    native.fallocate(descriptor, fallocateFlags.keepSize, size, bytes);
  } finally {
    closeSync(descriptor);
  }
}
