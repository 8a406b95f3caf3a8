import { nameFromText, type Name } from '../../../src/metadata/name.ts';

// Paths in tests are text, in which `\xff` is a byte that is no character.

export function toName(text: string): Name {
  const bytes = text.replaceAll(/\\x([0-9a-f]{2})|[^ -~]+/g, (part, hex: string | undefined) =>
    hex === undefined ? nameFromText(part) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return bytes as Name;
}

export function fromName(name: string): string {
  const bytes = Buffer.from(name, 'latin1');
  const text = bytes.toString('utf8');
  if (Buffer.from(text, 'utf8').equals(bytes)) return text;
  return name.replaceAll(
    /[^ -~]/g,
    (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

export function namesOf(path: string): Name[] {
  return path
    .split('/')
    .filter((part) => part !== '')
    .map(toName);
}

/** The folder's names and the last one. */
export function splitPath(path: string): { folder: Name[]; name: Name } {
  const names = namesOf(path);
  const name = names.pop();
  if (name === undefined) throw new Error('this path has no last name');
  return { folder: names, name };
}
