const units = [
  { name: 'day', ms: 24 * 60 * 60 * 1000 },
  { name: 'h', ms: 60 * 60 * 1000 },
  { name: 'min', ms: 60 * 1000 },
  { name: 's', ms: 1000 },
] as const;

/** A duration in its largest unit that keeps two digits where there are two: `3 days`, `23 h`, `90 min`, `5 s`. */
export function durationForPeople(durationMs: number): string {
  const size = Math.abs(durationMs);
  const unit = units.find(({ ms }) => size >= 2 * ms) ?? units[units.length - 1];
  const count = unit === undefined ? 0 : Math.round(size / unit.ms);
  if (unit?.name === 'day') return `${count} days`;
  return `${count} ${unit?.name ?? 's'}`;
}
