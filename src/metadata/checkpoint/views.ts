import type { AppliedFrontier } from '../log/applied-frontier.ts';
import { lastMillisAt } from '../log/log-view.ts';
import type { Logs } from '../log/logs.ts';
import type { DeviceView } from './stability.ts';

/** What is known of every device now, in ascending order. */
export function deviceViews(logs: Logs, applied: AppliedFrontier): DeviceView[] {
  return [...applied.now]
    .filter(([, known]) => known > 0)
    .sort(([a], [b]) => a - b)
    .map(([device, known]) => ({
      device,
      known,
      lastMillis: lastMillisAt(logs, device, known) ?? 0,
      seen: logs.seenBy(device),
    }));
}
