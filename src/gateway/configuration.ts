import { z } from 'zod';
import { ModelRole } from '../models/image-facts.ts';

/** A key as the gateway knows it: never the key itself. */
export const KeyRecord = z.discriminatedUnion('algorithm', [
  /** For generated keys, whose 256 random bits need no slow hash. `hash` is SHA-256 in lower-case hex. */
  z.strictObject({
    name: z.string(),
    algorithm: z.literal('sha256'),
    hash: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  /** For chosen passwords: scrypt (RFC 7914) with N=16384, r=8, p=1, 32 bytes; salt and hash in hex. */
  z.strictObject({
    name: z.string(),
    algorithm: z.literal('scrypt'),
    salt: z.string().regex(/^[0-9a-f]{32}$/),
    hash: z.string().regex(/^[0-9a-f]{64}$/),
  }),
]);
export type KeyRecord = z.infer<typeof KeyRecord>;

/** One thing that is wrong with the context, as the admin should read it. Holds no secret. */
export const ContextProblem = z.strictObject({
  code: z.string(),
  variable: z.string().optional(),
  what: z.string(),
  fix: z.string(),
});
export type ContextProblem = z.infer<typeof ContextProblem>;

/** `/etc/onepilot/gateway.json`, written by the agent, read by the gateway when it starts. */
export const GatewayConfiguration = z.strictObject({
  tls: z.strictObject({ certificate: z.string(), key: z.string(), authority: z.string() }),
  engine: z.strictObject({ socket: z.string() }),
  /** `status.json` of the agent (src/report/status.ts); need not exist. */
  status: z.string(),
  /** Keys added and revoked on the VM (src/keys/store.ts); need not exist. */
  keyStore: z.string(),
  models: z.array(
    z.strictObject({
      id: z.string(),
      roles: z.array(ModelRole).min(1),
      /** Tokens that one request may use, prompt and answer together. */
      contextSize: z.int().min(1),
    }),
  ),
  keys: z.array(KeyRecord),
  /** When not empty the context was refused: every request is answered 503 with this list. */
  problems: z.array(ContextProblem),
});
export type GatewayConfiguration = z.infer<typeof GatewayConfiguration>;
