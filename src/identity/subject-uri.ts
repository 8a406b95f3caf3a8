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

/** `(uid_t) -1` means "unchanged" to chown(2) and so can be nobody's number. */
export const maximumUserId = 2 ** 32 - 2;

export function subjectUri(subject: Subject): string {
  const network = encodeURIComponent(subject.network);
  const user = encodeURIComponent(subject.user);
  return `peerfuse://${network}/${user}?uid=${subject.uid}&device=${subject.device}`;
}

/** Undefined unless `uri` is exactly what `subjectUri` writes: one subject has one spelling. */
export function parseSubjectUri(uri: string): Subject | undefined {
  const form = /^peerfuse:\/\/([^/?#]+)\/([^/?#]+)\?uid=(\d{1,10})&device=(\d{1,7})$/.exec(uri);
  if (form === null) return undefined;
  const [, network = '', user = '', uid, device] = form;
  const subject = {
    network: decodePart(network),
    user: decodePart(user),
    uid: Number(uid) as UserId,
    device: Number(device) as DeviceId,
  };
  return isSubject(subject) && subjectUri(subject) === uri ? subject : undefined;
}

function isSubject({ network, user, uid, device }: Subject): boolean {
  return (
    isNetworkName(network) &&
    isUserName(user) &&
    uid <= maximumUserId &&
    device >= 1 &&
    device <= maximumDeviceId
  );
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}
