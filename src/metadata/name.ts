/**
 * One component of a path: any bytes but `/` and NUL, 1 to 255 of them, each as the character of that code (latin1), so nothing is
 * lost and a map can use it as a key. Show it to people only through `nameForPeople`.
 */
export type Name = string & { readonly __brand: 'Name' };

export const maximumNameBytes = 255;

export function nameFromBytes(bytes: Buffer): Name {
  return bytes.toString('latin1') as Name;
}

export function nameToBytes(name: Name): Buffer {
  return Buffer.from(name, 'latin1');
}

/** From text that a person typed or a test wrote. */
export function nameFromText(text: string): Name {
  return Buffer.from(text, 'utf8').toString('latin1') as Name;
}

/** For logs, the command line and the web page; lossy where the bytes are not UTF-8. */
export function nameForPeople(name: Name): string {
  return Buffer.from(name, 'latin1').toString('utf8');
}

/** What may stand in a directory. `.` and `..` are the kernel's own. */
export function isValidName(name: string): name is Name {
  return (
    name.length > 0 &&
    name.length <= maximumNameBytes &&
    name !== '.' &&
    name !== '..' &&
    !/[/\0\u0100-\uffff]/.test(name)
  );
}
