import { z } from 'zod';
import { conflictRequestSchema } from './conflicts.ts';
import { inviteRequestSchema, signRequestSchema, type DaemonControl } from './daemon-control.ts';

/** A call of the local API: `METHOD /path`, a checked body, and what answers it. */
export interface Route {
  readonly body: z.ZodType;
  handle(control: DaemonControl, body: unknown): unknown;
  /** The daemon leaves after the answer. */
  readonly thenStop?: true;
}

const nothing = z.unknown();

function route<Body extends z.ZodType>(
  body: Body,
  handle: (control: DaemonControl, body: z.infer<Body>) => unknown,
): Route {
  return { body, handle: (control, value) => handle(control, value as z.infer<Body>) };
}

export const routes: Readonly<Record<string, Route>> = {
  'GET /status': route(nothing, (control) => control.status()),
  'GET /peers': route(nothing, (control) => control.peers()),
  'POST /invite': route(inviteRequestSchema, (control, { user, validMs }) =>
    control.invite(user, validMs),
  ),
  'POST /sign': route(signRequestSchema, (control, { requestText, user, validMs }) =>
    control.sign(requestText, user, validMs),
  ),
  'POST /reload': route(nothing, (control) => control.reload()),
  'POST /check': route(nothing, (control) => control.check()),
  'GET /conflicts': route(nothing, (control) => control.conflicts()),
  'POST /conflict': route(conflictRequestSchema, (control, { path }) => control.conflict(path)),
  'POST /conflict/take': route(conflictRequestSchema, (control, { path }) =>
    control.takeInConflict(path),
  ),
  'POST /conflict/keep-both': route(conflictRequestSchema, (control, { path }) =>
    control.keepBothInConflict(path),
  ),
  'POST /umount': { ...route(nothing, (control) => control.umount()), thenStop: true },
  'POST /stop': { ...route(nothing, () => undefined), thenStop: true },
};

/** Answers with a line of JSON each time, as long as the client listens: not in the table, since it never ends. */
export const transfersRoute = 'GET /transfers';
