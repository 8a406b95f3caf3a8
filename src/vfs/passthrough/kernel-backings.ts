/** The kernel of a mount that can read backing files without asking. */
export interface KernelBackings {
  /** Tells it of an open file; the number by which an answer to open(2) names that. Undefined when it refuses. */
  open(descriptor: number): number | undefined;
  /** No more answers name it. Openings that do go on. */
  close(backing: number): void;
}
