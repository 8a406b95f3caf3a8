const unitsMs: Readonly<Record<string, number>> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/** `90 seconds`, `1 day`: in milliseconds; undefined when it is none. */
export function durationMs(
  count: string | undefined,
  unit: string | undefined,
): number | undefined {
  const unitMs = unitsMs[(unit ?? '').replace(/s$/, '')];
  return unitMs === undefined || !/^[+-]?\d+$/.test(count ?? '')
    ? undefined
    : Number(count) * unitMs;
}
