import * as z from 'zod';

/** Where requests go: over TLS to a port of 127.0.0.1, or in the clear to a unix socket. */
export const Target = z.strictObject({
  socket: z.string().optional(),
  port: z.int().optional(),
  /** Certificate of the authority to trust, PEM. */
  authority: z.string(),
  key: z.string(),
});
export type Target = z.infer<typeof Target>;

/** Completions to be asked for, each answer read to its end. */
export const LoadJob = z.strictObject({
  /** More than one: in turns, request by request, so that the host's speed is the same for all. */
  targets: z.array(Target).min(1),
  path: z.string(),
  /** JSON text. */
  body: z.string(),
  /** That every answer must have, or the job fails. */
  tokens: z.int().min(1),
  /** How many are asked for at the same time, each on a connection of its own that is kept. */
  connections: z.int().min(1),
  /** Of each target: requests that count. */
  requests: z.int().min(1),
  /** Of each target: requests before those. */
  warmUp: z.int().min(0),
});
export type LoadJob = z.infer<typeof LoadJob>;

/** What came back of one target. Milliseconds. */
export const Load = z.strictObject({
  /** From the request to the end of its answer, one for each request that counts. */
  latencies: z.array(z.number()),
  /** From the first content of each answer to the last; 0 where it came at once. */
  spans: z.array(z.number()),
  /** Answers that failed or broke off, and were asked for again. */
  failed: z.int().min(0),
});
export type Load = z.infer<typeof Load>;

export const LoadOutcome = z.union([
  z.strictObject({ loads: z.array(Load) }),
  z.strictObject({ problem: z.string() }),
]);
export type LoadOutcome = z.infer<typeof LoadOutcome>;
