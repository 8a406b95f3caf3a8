// What people and networks may be called. These names end up in certificates, in the names of conflict copies and on terminals.

/** Bytes of a user's name in UTF-8: short enough to stand inside a file name of 255 bytes beside the original's. */
export const maximumUserNameBytes = 64;

/** Letters and digits of any script, then also `.`, `_`, `-` and single spaces inside. On `lan` this is the computer's name. */
export function isUserName(text: string): boolean {
  return (
    /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}._-]| (?! |$))*$/u.test(text) &&
    text.normalize('NFC') === text &&
    Buffer.byteLength(text) <= maximumUserNameBytes
  );
}

/** For messages: what `isUserName` accepts. */
export const userNameRule = `letters, digits, ".", "_", "-" and single spaces inside, starting with a letter or digit, at most ${maximumUserNameBytes} bytes`;

/** Plain ASCII, since it is typed on many keyboards and shown by `df`. */
export function isNetworkName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(text);
}

/** For messages: what `isNetworkName` accepts. */
export const networkNameRule =
  'ASCII letters, digits, ".", "_" and "-", starting with a letter or digit, at most 63 of them';
