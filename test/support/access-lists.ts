const version = 2;
const noNumber = 2 ** 32 - 1;

const tags: Readonly<Record<string, readonly [plain: number, named: number]>> = {
  u: [1, 2],
  g: [4, 8],
  m: [16, 16],
  o: [32, 32],
};

/** The bytes of an access list that is written `u::rw,u:1000:r,g::,m::r,o::`. */
export function accessList(text: string): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(version);
  return Buffer.concat([head, ...text.split(',').map(entry)]);
}

function entry(text: string): Buffer {
  const [letter = '', number = '', permissions = ''] = text.split(':');
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(tags[letter]?.[number === '' ? 0 : 1] ?? 0);
  bytes.writeUInt16LE(permissionBits(permissions), 2);
  bytes.writeUInt32LE(number === '' ? noNumber : Number(number), 4);
  return bytes;
}

function permissionBits(text: string): number {
  return [4, 2, 1].filter((_, index) => text.includes('rwx'[index] ?? '?')).reduce(sum, 0);
}

function sum(one: number, other: number): number {
  return one + other;
}
