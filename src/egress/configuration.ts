import * as z from 'zod';

/** Names of upstreams: they stand in paths, headers, the ledger and the metrics. */
export const upstreamNamePattern = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** Where an upstream is and what it is told. The key is a secret, and so is the address. */
export const EgressUpstream = z.strictObject({
  name: z.string().regex(upstreamNamePattern),
  /** What OpenAI's clients call the base URL: `/chat/completions` is added to it. Without a slash at its end. */
  url: z.url({ protocol: /^https$/ }).regex(/[^/]$/),
  key: z.string().min(1).optional(),
  /** PEM; certificates of this authority alone are trusted. Without it, those that Debian trusts. */
  ca: z.string().optional(),
});
export type EgressUpstream = z.infer<typeof EgressUpstream>;

/** `/etc/onepilot/upstreams.json`, written by the agent, for root and the egress alone. */
export const EgressConfiguration = z.strictObject({ upstreams: z.array(EgressUpstream) });
export type EgressConfiguration = z.infer<typeof EgressConfiguration>;
