import { parseConfig } from './load.ts';

// Changes to config.toml that Peerfuse makes itself. People's comments and order stay as they are.

/** What a new home begins with. */
export function initialConfig(settings: {
  readonly listen: readonly string[];
  readonly connect: readonly string[];
}): string {
  return `# Settings of this Peerfuse peer. Those that are not here have their defaults: see docs/formats/home.md.
# "peerfuse reload" or a restart applies changes.

# Where other peers reach this one. A port of 0 is replaced by a free one at the first start.
${listLine('listen', settings.listen)}

# Peers to connect to, besides those that are found by themselves.
${listLine('connect', settings.connect)}
`;
}

/** The text with these values in place of a list's. */
export function withList(
  text: string,
  key: 'listen' | 'connect',
  values: readonly string[],
): string {
  const line = listLine(key, values);
  const form = listForm(key);
  const changed = form.test(text) ? text.replace(form, () => line) : `${line}\n${text}`;
  // Only a program error could make a good file bad here, and then the old file is worth more.
  parseConfig(changed, 'config.toml');
  return changed;
}

/** A top-level `key = [...]`, perhaps over several lines, with strings and comments in it (a `]` in them does not end it). */
function listForm(key: string): RegExp {
  return new RegExp(
    `^[ \\t]*${key}[ \\t]*=[ \\t]*\\[(?:"[^"\\n]*"|'[^'\\n]*'|#[^\\n]*|[^\\]"'#])*\\]`,
    'm',
  );
}

function listLine(key: string, values: readonly string[]): string {
  return `${key} = [${values.map((value) => JSON.stringify(value)).join(', ')}]`;
}
