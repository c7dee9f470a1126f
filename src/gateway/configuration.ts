import * as z from 'zod';
import { KeyRecord } from '../keys/key-record.ts';
import { ModelRole } from '../models/image-facts.ts';
import { Price } from './ledger/price.ts';
import { Upstreams } from './upstreams/configuration.ts';

/** One thing that is wrong with the context, as the admin should read it. Holds no secret. */
export const ContextProblem = z.strictObject({
  code: z.string(),
  variable: z.string().optional(),
  what: z.string(),
  fix: z.string(),
});
export type ContextProblem = z.infer<typeof ContextProblem>;

/** `/etc/onepilot/gateway.json`, written by the agent, read by the gateway when it starts and at each reload. */
export const GatewayConfiguration = z.strictObject({
  /** Paths. Keys stand in the same files as their certificates (src/certificates/identity.ts). */
  tls: z.strictObject({
    /** The own CA's certificate for every local name and address; must be good. */
    own: z.string(),
    /** The one that others trust too, for the names and addresses in it; where it is not good, `own` is served. */
    trusted: z.string().optional(),
    /** This machine's, without those for itself alone: they tell for whom `trusted` is that name no server. */
    addresses: z.array(z.string()).readonly().optional(),
    /** The own CA's certificate, for `GET /ca.crt`. */
    authority: z.string(),
  }),
  /** Directory of what a CA wants to see on ports 80 and 443 (`challengeDirectory`, machine/paths.ts). */
  challenges: z.string().optional(),
  /** Seconds for which browsers shall ask over HTTPS alone, said where `trusted` is served; not said without it. */
  hsts: z.int().min(1).optional(),
  engine: z.strictObject({ socket: z.string() }),
  /** `status.json` of the agent (src/report/status.ts); need not exist. */
  status: z.string(),
  /** `models.json` of the unit that fetches models (src/models/progress.ts); need not exist. */
  fetching: z.string().optional(),
  /** Keys added and revoked on the VM (src/keys/store.ts); need not exist. */
  keyStore: z.string(),
  models: z.array(
    z.strictObject({
      id: z.string(),
      roles: z.array(ModelRole).min(1),
      /** Tokens that one request may use, prompt and answer together. */
      contextSize: z.int().min(1),
      /** `general.architecture` of its file: the gateway cannot see that, and says why a model did not load. */
      architecture: z.string().optional(),
      /** Requests that it works on at a time; 1 unless given. */
      slots: z.int().min(1).optional(),
    }),
  ),
  keys: z.array(KeyRecord),
  /** Tokens that an answer may have at most; otherwise what the context leaves. */
  maxTokens: z.int().min(1).optional(),
  /** Where the use is written down, and for how many days it is kept; nothing is without it. */
  ledger: z.strictObject({ directory: z.string(), days: z.int().min(1) }).optional(),
  /** What tokens would cost elsewhere, to compare with. */
  price: Price.optional(),
  /** Networks that may read `/metrics` without a key, as `address/prefix`. */
  metricsNetworks: z.array(z.string()).readonly().optional(),
  /** Whether Ollama's questions about models are answered without a key. */
  openMetadata: z.boolean().optional(),
  /** Where else models may be asked; nowhere without it. */
  upstreams: Upstreams.optional(),
  /** When not empty the context was refused: every request is answered 503 with this list. */
  problems: z.array(ContextProblem),
});
export type GatewayConfiguration = z.infer<typeof GatewayConfiguration>;
