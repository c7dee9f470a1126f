import * as z from 'zod';
import { ChallengeKind } from '../../../src/certificates/acme/pending-order.ts';
import { AcmeServer, Identifier } from '../../../src/certificates/acme/wanted.ts';

/** `OrderOptions` as far as JSON goes. */
export const OrderRequest = z.object({
  wanted: z.object({
    identifiers: z.array(Identifier),
    contact: z.string().optional(),
    profile: z.string().optional(),
    roots: z.string().optional(),
  }),
  server: AcmeServer,
  state: z.string(),
  challenges: z.string(),
  kinds: z.array(ChallengeKind),
});
export type OrderRequest = z.infer<typeof OrderRequest>;

const Ordered = z.object({
  identity: z.object({ certificate: z.string(), key: z.string() }),
  challenge: ChallengeKind,
});
const Refused = z.object({ code: z.string(), message: z.string(), fix: z.string() });

/** What came of it: a certificate, or an error of the catalogue. */
export const OrderOutcome = z.union([Ordered, Refused]);
export type OrderOutcome = z.infer<typeof OrderOutcome>;
