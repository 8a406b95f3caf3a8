/** The network's own frames. 0 to 127 belong to the layer above. */
export const frameType = {
  /** Both sides of a control connection, first. */
  hello: 128,
  /** From the peer with the smaller device number: this connection is the link. */
  select: 129,
  ping: 130,
  pong: 131,
  /** The last frame of a connection that is closed on purpose. */
  goodbye: 132,
  /** Why the sender does not accept this peer; the last frame. */
  refusal: 133,
  records: 134,
  /** The sender cannot dial the receiver and asks it for a bulk connection. */
  openBulk: 135,

  /** First frame of the side that dialled a bulk connection. */
  bulkHello: 160,
  bulkRequest: 161,
  bulkRun: 162,
  bulkEnd: 163,
  bulkCancel: 164,

  enrolRequest: 176,
  enrolAnswer: 177,
} as const;

/** Highest type that the layer above may use. */
export const maximumMessageType = 127;
