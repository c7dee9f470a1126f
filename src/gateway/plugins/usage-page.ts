import plugin from 'fastify-plugin';
import { fault } from '../fault.ts';
import { askedUsage } from '../ledger/asked-usage.ts';
import type { Usage, UsageQuery } from '../ledger/usage.ts';
import { reportUsage } from '../ledger/usage-report.ts';
import { knownCaller, requireScope } from './authentication.ts';

export interface UsagePageOptions {
  /** Where use is written down; nowhere unless given. Rejects with `usage_unreadable`. */
  readonly usage?: (query: UsageQuery) => Promise<Usage>;
}

/** `GET /v1/usage`: what a key has used; with the scope `admin`, what all of them have, or the one in `key`. */
export const usagePage = plugin<UsagePageOptions>(async (app, { usage }) => {
  app.get('/v1/usage', async (request, reply) => {
    const { searchParams } = new URL(request.url, 'https://gateway.invalid');
    const asked = askedUsage(searchParams, Date.now());
    const { name, scopes } = knownCaller(request);
    const wanted = searchParams.get('key') ?? (scopes.includes('admin') ? undefined : name);
    if (wanted !== name) requireScope(request, 'admin');
    if (!usage) throw fault('usage_unreadable', {});
    const query = { ...asked, ...(wanted !== undefined && { key: wanted }) };
    reply.header('cache-control', 'no-store');
    return reportUsage(query, usage, request.inForce.configuration);
  });
});
