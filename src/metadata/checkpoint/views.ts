import type { Frontier } from '../replica.ts';
import { lastMillisAt } from '../log/log-view.ts';
import type { Logs } from '../log/logs.ts';
import type { DeviceView } from './stability.ts';

/** What is known of every device up to a frontier, in ascending order. */
export function deviceViews(logs: Logs, frontier: Frontier): DeviceView[] {
  return [...frontier]
    .filter(([, known]) => known > 0)
    .sort(([a], [b]) => a - b)
    .map(([device, known]) => ({
      device,
      known,
      lastMillis: lastMillisAt(logs, device, known) ?? 0,
      seen: logs.seenBy(device),
    }));
}
