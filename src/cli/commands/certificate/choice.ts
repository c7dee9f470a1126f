import { type Choice, chooseServed } from '../../../certificates/choose.ts';
import { type CertificateIntent, certificateIntent, intentAsBefore } from '../../../certificates/intent.ts';
import type { Provided } from '../../../certificates/provided/read-provided.ts';
import type { Known } from './known.ts';

/** Why what is served is served: the agent's own decision, taken again from what it left. Pure. */
export function choiceOf(known: Known, now: Date): Choice {
  const { settings, trusted, wanted, stock } = known;
  const intent: CertificateIntent = settings
    ? certificateIntent(settings, wanted?.addresses ?? [], wanted)
    : intentAsBefore(wanted);
  return chooseServed(intent.wish, { provided: providedOf(known), stock, served: trusted?.identity }, now);
}

/** The agent has read it and taken it or not; it is not read again, since its disk may be gone. */
function providedOf({ trusted }: Known): Provided {
  return trusted?.source === 'provided' ? { identity: trusted.identity, warnings: [] } : { problems: [] };
}
