import { nearest } from '../context/nearest.ts';
import { dialectsByPath } from './dialects/table.ts';
import { embeddingDialectsByPath } from './embeddings/dialects.ts';
import { engineQuestions } from './native/engine-questions.ts';

export interface Endpoint {
  readonly path: string;
  readonly methods: readonly string[];
}

const asked = (...paths: string[]) => paths.map((path): Endpoint => ({ path, methods: ['POST'] }));
const read = (...paths: string[]) => paths.map((path): Endpoint => ({ path, methods: ['GET', 'HEAD'] }));

/** Every path the gateway answers, as it is documented, and its methods. HEAD goes with GET, OPTIONS with all. */
export const endpoints: readonly Endpoint[] = [
  ...asked(...Object.keys(dialectsByPath), ...Object.keys(embeddingDialectsByPath)),
  ...read('/v1/models', '/v1/models/{id}', '/v1/usage'),
  ...read('/api/version', '/api/tags', '/api/ps'),
  ...asked('/v1/messages/count_tokens', '/api/show', ...Object.keys(engineQuestions)),
  ...read('/props', '/metrics', '/health', '/status', '/ca.crt'),
  { path: '/', methods: ['HEAD'] },
];

const knownPaths: ReadonlySet<string> = new Set(endpoints.map(({ path }) => path));

/** Paths that have no `/v1` of their own. */
const rootPaths = new Set(endpoints.map(({ path }) => path).filter((path) => !path.startsWith('/v1/')));

/**
 * The one form under which a path is registered, query kept: clients double slashes and leave out or
 * repeat `/v1`, depending on how their base URL was typed.
 */
export function canonicalUrl(url: string): string {
  if (knownPaths.has(url)) return url;
  // Servers must also take whole URLs (RFC 9112, section 3.2.2).
  const target = url.replace(/^https?:\/\/[^/?]*/i, '');
  const path = pathOf(target);
  const query = target.slice(path.length);
  const single = path.replace(/\/{2,}/g, '/');
  const trimmed = single.length > 1 ? single.replace(/\/$/, '') : single;
  const bare = trimmed.replace(/^(?:\/v1)+(?=\/|$)/, '') || '/';
  return (isRootPath(bare) ? bare : `/v1${bare}`) + query;
}

/** All of Ollama's are, those that are not here too. */
function isRootPath(path: string): boolean {
  return rootPaths.has(path) || path.startsWith('/api/');
}

/** The methods of a canonical URL's path; empty when nothing is there. */
export function methodsOf(url: string): readonly string[] {
  const pattern = pathOf(url).replace(/^(\/v1\/models)\/.+$/, '$1/{id}');
  return endpoints.find((endpoint) => endpoint.path === pattern)?.methods ?? [];
}

/** Letters; what is longer was not mistyped. */
const longestMistyped = 100;

/**
 * The path that a canonical URL at which nothing is was probably meant to be: one that is spelt nearly so, or else one
 * that it ends with or goes on from, since a base URL had something too much.
 */
export function nearestPath(url: string): string | undefined {
  const path = bareOf(pathOf(url));
  if (path.length > longestMistyped) return undefined;
  const paths = new Map(endpoints.map((endpoint) => [bareOf(endpoint.path), endpoint.path]));
  const known = [...paths.keys()].filter((other) => other !== '/' && !other.includes('{'));
  const contained = known.filter((other) => path.endsWith(other) || path.startsWith(`${other}/`));
  const [longest = ''] = contained.sort((a, b) => b.length - a.length);
  return paths.get(nearest(path, known) ?? longest);
}

function bareOf(path: string): string {
  return path.replace(/^\/v1(?=\/)/, '');
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}
