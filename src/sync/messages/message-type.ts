/** The first byte of a message between synchronisers. Numbers are part of the wire format: see docs/formats/messages.md. */
export const messageType = {
  announcement: 1,
  batches: 2,
  pageRequest: 3,
  pageAnswer: 4,
  clock: 5,
  quarantine: 6,
  evidence: 7,
  checkpointOffer: 8,
  checkpointRequest: 9,
  checkpointPart: 10,
  lockLinkState: 11,
  lockEnvelope: 12,
  logHeads: 13,
} as const;
