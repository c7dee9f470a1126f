/** In milliseconds. */
export interface RelayTiming {
  /** A stream's status line goes out this long after the request at the latest. Before, errors have a status. */
  readonly commit: number;
  /** The longest silence of an answer that has begun. */
  readonly heartbeat: number;
  /** An answer that is not streamed begins, with white space, this long after the request at the latest. */
  readonly padding: number;
  /** How long a client may leave unread what was sent, before its connection is closed: it holds a slot. */
  readonly stall: number;
}

/** Clients give up after 60 s of silence at the earliest; ten seconds to a stream's first byte are promised. */
export const defaultTiming: RelayTiming = { commit: 5000, heartbeat: 8000, padding: 30_000, stall: 120_000 };
