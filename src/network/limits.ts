// Every bound of the network in one place. Those that an operator or a test may want otherwise are in NetworkLimits.

/** Largest body of a control frame before both sides agreed to use the connection: a greeting holds one peer record. */
export const maximumGreetingBytes = 32 * 1024;

/** Largest body of a request for chunks: 1 MiB of small blocks, each with its hash, fits with room to spare. */
export const maximumBulkRequestBytes = 256 * 1024;

/** Payload of one run on a bulk connection. Small enough that requests on one connection take turns, large enough for few frames. */
export const preferredRunBytes = 256 * 1024;

/** Largest chunk, and so the largest run, that a peer may send: bounds the receive buffer of each bulk connection. */
export const maximumChunkBytes = 4 * 1024 * 1024;

/** Chunks of one transfer. Bounds the bookkeeping that a peer's answer can refer to. */
export const maximumChunksPerTransfer = 1024;

/** Requests that a requester leaves unanswered on one bulk connection, so that it is never idle for a round trip. */
export const pipelinedRequests = 16;

/** Requests that a server holds for one bulk connection; more than a well-behaved peer sends. */
export const maximumServedRequests = 64;

/** Bytes read from disk and not yet taken by the operating system, for each bulk connection. */
export const maximumUnsentBytes = 1024 * 1024;

/** Largest enrolment request or answer: a certificate request, or a certificate with the addresses of peers. */
export const maximumEnrolmentBytes = 64 * 1024;

/** Connections of one listener whose TLS handshake or greeting is not finished; more are closed unread. */
export const maximumUnprovenConnections = 256;

/** Control connections of all peers together. Above it new peers are refused: a mesh never needs so many. */
export const maximumLinks = 128;

/** Control frames that wait for a slow peer. The connection is closed above it, so that a peer cannot use up our memory. */
export const maximumQueuedBytes = 256 * 1024 * 1024;

export interface NetworkLimits {
  /** A peer that was silent for so long is lost: a few seconds, since whoever waits for it could ask another. */
  readonly lostAfterMs: number;
  /** Handshake and greeting together. */
  readonly greetingTimeoutMs: number;
  /** How long the established link may take to prove that it lives when its peer connects again. */
  readonly probeMs: number;
  /** First and largest delay between attempts to reach a peer. */
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
  /** Largest delay while there is no link at all: somebody may come into reach at any moment, and this peer has nothing better to do. */
  readonly longestRetryAloneMs: number;
  /** How long one address of a peer is tried before the next one is tried beside it. */
  readonly nextAddressMs: number;
  /** How long the peer with the larger device number leaves dialling to the other. */
  readonly courtesyMs: number;
  /** How long a transfer waits for the first bulk connection. */
  readonly bulkTimeoutMs: number;
  /** Bulk connections to one peer, over all workers. */
  readonly maximumBulkConnections: number;
  /** Peers up to this number form a full mesh; above it each keeps about so many links. */
  readonly meshBound: number;
  /** Network worker threads. */
  readonly workers: number;
  readonly enrolmentTimeoutMs: number;
}

export const defaultNetworkLimits: NetworkLimits = {
  lostAfterMs: 8_000,
  greetingTimeoutMs: 10_000,
  probeMs: 3_000,
  firstRetryMs: 500,
  longestRetryMs: 60_000,
  longestRetryAloneMs: 5_000,
  nextAddressMs: 1_000,
  courtesyMs: 3_000,
  bulkTimeoutMs: 15_000,
  maximumBulkConnections: 16,
  meshBound: 32,
  workers: 1,
  enrolmentTimeoutMs: 15_000,
};
