import type { Time } from '../metadata/node.ts';

/** Milliseconds since 1970, also before it and with a fraction. */
export function timeOfMillis(millis: number): Time {
  const seconds = Math.floor(millis / 1000);
  return { seconds, nanoseconds: Math.floor((millis - seconds * 1000) * 1e6) };
}
