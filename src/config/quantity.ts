// How people write sizes and durations, in config.toml and on the command line.

const sizeUnits: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

const durationUnits: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** For messages. */
export const sizeRule = 'a size such as "512 MiB" (B, KiB, MiB, GiB, TiB)';
export const durationRule = 'a duration such as "90s" (ms, s, m, h, d)';

/** Bytes; undefined when `text` is no size. */
export function parseSize(text: string): number | undefined {
  return parseQuantity(text, sizeUnits);
}

/** Milliseconds; undefined when `text` is no duration. */
export function parseDuration(text: string): number | undefined {
  return parseQuantity(text, durationUnits);
}

/** For people: the largest unit with which the number is at least 1, and one decimal. */
export function formatSize(bytes: number): string {
  const units = Object.entries(sizeUnits).toReversed();
  const [unit, factor] = units.find(([, factor]) => bytes >= factor) ?? ['B', 1];
  return `${Number((bytes / factor).toFixed(1))} ${unit}`;
}

function parseQuantity(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const form = /^(\d{1,15}(?:\.\d{1,6})?) ?([A-Za-z]+)$/.exec(text.trim());
  const unit = form?.[2] ?? '';
  if (form === null || !Object.hasOwn(units, unit)) return undefined;
  const value = Math.round(Number(form[1]) * (units[unit] ?? 0));
  return Number.isSafeInteger(value) ? value : undefined;
}
