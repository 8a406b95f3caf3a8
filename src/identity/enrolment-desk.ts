import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { defaultValidityMs, type Authority } from './authority.ts';
import type { PeerCertificate, Refused } from './certificate.ts';
import { readCertificateRequest } from './certificate-request.ts';
import {
  decodeEnrolmentRequest,
  encodeEnrolmentAnswer,
  type EnrolmentRequest,
} from './enrolment-messages.ts';
import type { Invitations } from './invitations.ts';

/** Answers machines that want to join by invitation. Belongs to the daemon that holds the authority's key. */
export interface EnrolmentDesk {
  /** From bytes that anybody may have sent to bytes for him; never rejects for what is in them. */
  answerEnrolment(request: Buffer): Promise<Buffer>;
}

export interface EnrolmentDeskOptions {
  readonly authority: Authority;
  readonly invitations: Invitations;
  /** `host:port` of peers that the new one should connect to. */
  readonly addresses: () => readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createEnrolmentDesk(options: EnrolmentDeskOptions): EnrolmentDesk {
  const { authority, addresses, logger } = options;
  return {
    async answerEnrolment(bytes) {
      const request = decodeEnrolmentRequest(bytes);
      const admitted =
        request === undefined
          ? { refused: 'the request was made by another version of Peerfuse' }
          : await admit(options, request);
      if ('refused' in admitted) {
        logger.warn({ reason: admitted.refused }, 'refused to admit a device');
        return encodeEnrolmentAnswer({ kind: 'refused', reason: admitted.refused });
      }
      const { user, uid, device, fingerprint } = admitted;
      logger.info({ user, uid, device, fingerprint }, 'admitted a device');
      return encodeEnrolmentAnswer({
        kind: 'admitted',
        certificate: admitted.der,
        authority: authority.certificate.raw,
        addresses: addresses(),
      });
    },
  };
}

// The invitation is burned last of all that can be refused, so that a mistake does not cost a new one; and before the
// certificate exists, so that no crash lets it admit two.
async function admit(
  { authority, invitations, clock }: EnrolmentDeskOptions,
  { secret, certificateRequest }: EnrolmentRequest,
): Promise<PeerCertificate | Refused> {
  const request = await readCertificateRequest(certificateRequest);
  if ('refused' in request) return request;
  return (
    invitations.redeem(secret, request.user, clock.nowMs()) ??
    authority.issue(request, defaultValidityMs)
  );
}
