import { posixErrors } from '../../vfs/posix-error.ts';
import type { Bridge } from './bridge.ts';
import { handlers } from './handlers.ts';

/** Answers the request that the session has just received, or sees to it that it will be answered. */
export function dispatch(bridge: Bridge): void {
  const { opcode, unique } = bridge.request;
  try {
    const handler = handlers[opcode];
    if (handler === undefined) throw posixErrors.ENOSYS;
    handler(bridge);
  } catch (error) {
    bridge.fail(unique, opcode, error);
  }
}
