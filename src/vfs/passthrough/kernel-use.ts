import type { Acting } from '../../metadata/operation.ts';

/** How the kernel uses a file that is open. The kernel may have closed already what is counted here, but never the other way round. */
export interface KernelUse {
  /** Openings through its cache. */
  cached: number;
  /** Openings past its cache. */
  uncached: number;
  /** What it calls the backing file while there are openings that need it. */
  backing: number | undefined;
  /** A memory map of the backing file may be left: the file is looked at until there is none. */
  mayBeMapped: boolean;
  /** Who opened the file in a way that lets him write to such a map. */
  mapper: Acting | null;
}

export function unusedByKernel(): KernelUse {
  return { cached: 0, uncached: 0, backing: undefined, mayBeMapped: false, mapper: null };
}

/** The kernel's readers see the backing file itself, so it must be whole. */
export function mustStayWhole({ kernelUse }: { readonly kernelUse: KernelUse }): boolean {
  return kernelUse.uncached > 0 || kernelUse.mayBeMapped;
}
