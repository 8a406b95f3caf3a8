// The numbers by which a network knows its people and their machines. Both are in the certificate, so nobody can claim another's.

/** A user of the network, as in `chown`. Assigned by the authority, kept for life; his group has the same number. */
export type UserId = number & { readonly __brand: 'UserId' };

/**
 * One key pair and so one operation log. Assigned by the authority, never reused; 1 to 2^20 - 1, so that an inode number,
 * which starts with it, stays exact in a JavaScript number. 0 is the network itself (it made the root directory).
 */
export type DeviceId = number & { readonly __brand: 'DeviceId' };

export const maximumDeviceId = 2 ** 20 - 1;
