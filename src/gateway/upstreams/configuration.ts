import * as z from 'zod';
import { upstreamNamePattern } from '../../egress/configuration.ts';
import { Price } from '../ledger/price.ts';

/** What upstreams are asked for: OpenAI has no way to fill a gap that all of them know. */
export const UpstreamRole = z.enum(['chat', 'embed']);
export type UpstreamRole = z.infer<typeof UpstreamRole>;

/** A model of an upstream. */
export const UpstreamModel = z.strictObject({
  /** Our name of it, which clients ask for. */
  id: z.string().min(1),
  /** The upstream's own name of it. */
  upstreamId: z.string().min(1),
  role: UpstreamRole,
  /** Tokens, prompt and answer together. */
  contextSize: z.int().min(1),
  price: Price.optional(),
});
export type UpstreamModel = z.infer<typeof UpstreamModel>;

/** An upstream as the gateway knows it: neither its address nor its key, which are the egress's alone. */
export const Upstream = z.strictObject({
  name: z.string().regex(upstreamNamePattern),
  models: z.array(UpstreamModel).min(1).readonly(),
  /** Whether it may answer what was asked of this VM's own models when they are away. */
  fallback: z.boolean(),
});
export type Upstream = z.infer<typeof Upstream>;

/** The part of `gateway.json` about upstreams. */
export const Upstreams = z.strictObject({
  /** Where the egress (src/egress) listens. */
  socket: z.string(),
  list: z.array(Upstream).min(1).readonly(),
});
export type Upstreams = z.infer<typeof Upstreams>;
