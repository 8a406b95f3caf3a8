/** A file as the content layer knows it: the inode number, which it treats as opaque. */
export type FileId = number & { readonly __brand: 'FileId' };

/** What a signed operation says about a file's bytes. Everything else about them can be fetched and checked against it. */
export interface Version {
  /** Bytes. */
  readonly size: number;
  /** Bytes; a power of two. New files: `defaultBlockSize`. */
  readonly blockSize: number;
  /** 32 bytes: see docs/formats/blocks.md. */
  readonly root: Buffer;
}

export const defaultBlockSize = 65_536;

/** Hashes in one manifest page, at every level. */
export const pageFanOut = 256;

/** A run of bytes. */
export interface ByteRange {
  readonly position: number;
  readonly length: number;
}
