/** Every path the gateway answers, as it is documented, and its methods. HEAD goes with GET, OPTIONS with all. */
export const endpoints = [
  { path: '/v1/chat/completions', methods: ['POST'] },
  { path: '/v1/completions', methods: ['POST'] },
  { path: '/v1/responses', methods: ['POST'] },
  { path: '/v1/messages', methods: ['POST'] },
  { path: '/v1/messages/count_tokens', methods: ['POST'] },
  { path: '/v1/embeddings', methods: ['POST'] },
  { path: '/infill', methods: ['POST'] },
  { path: '/v1/models', methods: ['GET', 'HEAD'] },
  { path: '/v1/models/{id}', methods: ['GET', 'HEAD'] },
  { path: '/health', methods: ['GET', 'HEAD'] },
  { path: '/status', methods: ['GET', 'HEAD'] },
  { path: '/ca.crt', methods: ['GET', 'HEAD'] },
  { path: '/', methods: ['HEAD'] },
] as const;

/** Paths that have no `/v1` of their own. */
const rootPaths = new Set(['/', '/infill', '/health', '/status', '/ca.crt']);

/**
 * The one form under which a path is registered, query kept: clients double slashes and leave out or
 * repeat `/v1`, depending on how their base URL was typed.
 */
export function canonicalUrl(url: string): string {
  // Servers must also take whole URLs (RFC 9112, section 3.2.2).
  const target = url.replace(/^https?:\/\/[^/?]*/i, '');
  const queryStart = target.indexOf('?');
  const path = queryStart < 0 ? target : target.slice(0, queryStart);
  const query = queryStart < 0 ? '' : target.slice(queryStart);
  const single = path.replace(/\/{2,}/g, '/');
  const trimmed = single.length > 1 ? single.replace(/\/$/, '') : single;
  const bare = trimmed.replace(/^(?:\/v1)+(?=\/|$)/, '') || '/';
  return (rootPaths.has(bare) ? bare : `/v1${bare}`) + query;
}

/** The methods of a canonical URL's path; empty when nothing is there. */
export function methodsOf(url: string): readonly string[] {
  const path = url.split('?', 1)[0];
  const pattern = path?.replace(/^(\/v1\/models)\/[^/]+$/, '$1/{id}');
  return endpoints.find((endpoint) => endpoint.path === pattern)?.methods ?? [];
}
