import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readScenarios } from './language/read-scenarios.ts';
import type { Scenario } from './language/scenario.ts';

const folder = join(import.meta.dirname, 'stories');
const extension = '.scenario';

/** All scenarios, by the file in which they stand. */
export function storiesByTopic(): Map<string, Scenario[]> {
  const files = readdirSync(folder).filter((name) => name.endsWith(extension));
  return new Map(
    files
      .sort()
      .map((name) => [name.slice(0, -extension.length), readScenarios(join(folder, name))]),
  );
}
