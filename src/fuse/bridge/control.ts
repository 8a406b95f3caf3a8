import { posixErrors, type PosixError } from '../../vfs/posix-error.ts';
import { interruptIn } from '../kernel/abi.ts';
import type { Bridge, Handler } from './bridge.ts';
import { nothing } from './bridge.ts';

// INTERRUPT and DESTROY, and the requests that are refused on purpose.

/** Has no reply of its own: the request that it names is answered. */
export function interrupt({ request, pending }: Bridge): void {
  pending.interrupt(request.u64(interruptIn.unique));
}

/** The last thing before an unmount, where the kernel sends it. The end of the device closes everything. */
export function destroy(bridge: Bridge): void {
  bridge.session.send(bridge.request.unique, nothing());
}

/** For messages that want neither an action nor a reply. */
export function ignore(): void {}

/** ENOSYS tells the kernel never to ask again and to do what it does without; EOPNOTSUPP and ENOTTY reach the process. */
export function refuse(error: PosixError): Handler {
  return () => {
    throw error;
  };
}

export const notImplemented = refuse(posixErrors.ENOSYS);
