import { maximumDeviceId, type DeviceId, type UserId } from './ids.ts';
import { isNetworkName, isUserName } from './names.ts';

/** Whom a certificate names: the content of its `peerfuse://NETWORK/USER?uid=UID&device=DEVICE` name. */
export interface Subject {
  readonly network: string;
  /** On `lan`, the computer's name and uid 0. */
  readonly user: string;
  readonly uid: UserId;
  readonly device: DeviceId;
}

/** Whom a certificate request asks for: the same name without a device, which only the authority gives out. */
export interface RequestedSubject {
  readonly network: string;
  readonly user: string;
  /** The number that the person has on his own machine, and would like; 0 where there is none to keep, as on `lan`. */
  readonly preferredUid: number;
}

/** `(uid_t) -1` means "unchanged" to chown(2) and so can be nobody's number. */
export const maximumUserId = 2 ** 32 - 2;

export function subjectUri({ network, user, uid, device }: Subject): string {
  return `${uriStart(network, user, uid)}&device=${device}`;
}

export function requestUri({ network, user, preferredUid }: RequestedSubject): string {
  return uriStart(network, user, preferredUid);
}

/** Undefined unless `uri` is exactly what `subjectUri` writes: one subject has one spelling. */
export function parseSubjectUri(uri: string): Subject | undefined {
  const form = /^(.*)&device=(\d{1,7})$/.exec(uri);
  const start = parseRequestUri(form?.[1] ?? '');
  if (start === undefined) return undefined;
  const { network, user, preferredUid } = start;
  const device = Number(form?.[2]);
  const subject = { network, user, uid: preferredUid as UserId, device: device as DeviceId };
  const isDevice = device >= 1 && device <= maximumDeviceId;
  return isDevice && subjectUri(subject) === uri ? subject : undefined;
}

/** Undefined unless `uri` is exactly what `requestUri` writes. */
export function parseRequestUri(uri: string): RequestedSubject | undefined {
  const form = /^peerfuse:\/\/([^/?#]+)\/([^/?#]+)\?uid=(\d{1,10})$/.exec(uri);
  if (form === null) return undefined;
  const [, network, user, uid] = form;
  const requested = {
    network: decodePart(network),
    user: decodePart(user),
    preferredUid: Number(uid),
  };
  return isRequested(requested) && requestUri(requested) === uri ? requested : undefined;
}

function uriStart(network: string, user: string, uid: number): string {
  return `peerfuse://${encodeURIComponent(network)}/${encodeURIComponent(user)}?uid=${uid}`;
}

function isRequested({ network, user, preferredUid }: RequestedSubject): boolean {
  return isNetworkName(network) && isUserName(user) && preferredUid <= maximumUserId;
}

function decodePart(part: string | undefined): string {
  try {
    return decodeURIComponent(part ?? '');
  } catch {
    return '';
  }
}
