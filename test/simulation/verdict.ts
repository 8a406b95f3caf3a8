/** Why a run failed. `what` is short, and the same for runs that fail alike. */
export class RunFailed extends Error {
  readonly what: string;

  constructor(what: string, details: string) {
    super(`${what}: ${details}`);
    this.what = what;
  }
}

/** The first lines in which two lists differ, for people. */
export function difference(one: readonly string[], other: readonly string[], most = 12): string {
  const inOne = new Set(one);
  const inOther = new Set(other);
  const lines = [
    ...one.filter((line) => !inOther.has(line)).map((line) => `- ${line}`),
    ...other.filter((line) => !inOne.has(line)).map((line) => `+ ${line}`),
  ];
  if (lines.length === 0) return 'only the order differs';
  const more = lines.length > most ? [`… and ${lines.length - most} more`] : [];
  return `\n${[...lines.slice(0, most), ...more].map((line) => line.slice(0, 400)).join('\n')}`;
}
