import type { FastifyReply } from 'fastify';
import { usualScopes } from '../../keys/policy.ts';
import { type Caller, scopeFault } from '../caller.ts';
import { knownCaller } from '../plugins/authentication.ts';
import type { Limiter } from '../serving/attend.ts';

/**
 * Does `work`, which answers a question about a model, within what the key allows: it counts as one of the key's
 * requests, though no tokens are used. Throws the fault of a key that is good for no work at all, or that has reached a
 * limit.
 */
export async function withinLimits<Answer>(
  reply: FastifyReply,
  limiter: Limiter | undefined,
  work: () => Promise<Answer> | Answer,
): Promise<Answer> {
  const caller = knownCaller(reply.request);
  requireWork(caller);
  const now = Date.now();
  const refusal = limiter?.enter(caller, now);
  if (limiter) reply.headers(limiter.headers(caller, now));
  if (refusal) throw refusal;
  try {
    return await work();
  } finally {
    limiter?.leave(caller);
  }
}

function requireWork(caller: Caller): void {
  const missing = usualScopes.map((scope) => scopeFault(caller, scope));
  const [first] = missing;
  if (first && missing.every((fault) => fault !== undefined)) throw first;
}
