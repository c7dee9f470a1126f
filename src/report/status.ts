import * as z from 'zod';
import { ContextProblem } from '../gateway/configuration.ts';
import { jsonOrUndefined } from '../machine/json-text.ts';

/** How far the appliance is. `degraded`: it answers, but not as it should; the reason says why. */
export const ApplianceState = z.enum(['booting', 'configuring', 'loading', 'ready', 'degraded', 'failed']);
export type ApplianceState = z.infer<typeof ApplianceState>;

/**
 * `/run/onepilot/status.json`: what the agent last knew, for everybody (`GET /status` needs no key). Written
 * by the agent alone; gone after a reboot. Nothing in it is secret.
 */
export const Status = z.strictObject({
  version: z.string(),
  state: ApplianceState,
  /** Per cent of the model that is read, 0..100; only while loading. */
  progress: z.int().min(0).max(100).optional(),
  /** One sentence; for `degraded` and `failed`. */
  reason: z.string().optional(),
  /** When this state began, ISO 8601 in UTC. */
  since: z.string(),
  /** Base URL of the OpenAI-compatible interface, once an address is known. */
  endpoint: z.string().optional(),
  /** The certificate that is served beside the own CA's; absent where there is none. */
  certificate: z
    .strictObject({
      /** `earlier`: served before, and what the context asks for is not there. */
      source: z.enum(['provided', 'acme', 'earlier']),
      names: z.array(z.string()),
      addresses: z.array(z.string()),
      issuer: z.string(),
      /** ISO 8601 in UTC. */
      notAfter: z.string(),
    })
    .optional(),
  models: z.array(z.string()),
  /** Where the context came from; absent when there is none. */
  contextSource: z.string().optional(),
  errors: z.array(ContextProblem),
  warnings: z.array(ContextProblem),
});
export type Status = z.infer<typeof Status>;

/** What `text` says; undefined when it is no status. */
export function parseStatus(text: string | undefined): Status | undefined {
  return Status.safeParse(jsonOrUndefined(text)).data;
}
