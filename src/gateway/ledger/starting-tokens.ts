import { setTimeout as sleep } from 'node:timers/promises';
import type { Ledger } from './ledger.ts';

/** Milliseconds that the start waits for the ledger: limits that begin at 0 are better than no gateway. */
const patience = 3000;

/** What each key has used on this day in UTC, as far as the ledger can tell in time. */
export async function startingTokens(
  ledger: Pick<Ledger, 'tokensToday'> | undefined,
): Promise<ReadonlyMap<string, number>> {
  const nothing: ReadonlyMap<string, number> = new Map();
  if (!ledger) return nothing;
  const waiting = new AbortController();
  const tooLate = sleep(patience, nothing, { signal: waiting.signal }).catch(() => nothing);
  const known = await Promise.race([ledger.tokensToday().catch(() => nothing), tooLate]);
  waiting.abort();
  return known;
}
