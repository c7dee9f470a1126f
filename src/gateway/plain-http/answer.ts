import type { IncomingHttpHeaders } from 'node:http';
import { errorBody } from '../dialects/openai.ts';
import { type Fault, fault } from '../fault.ts';
import { presentedKeys } from '../presented-keys.ts';
import { hostOf } from './host.ts';

/** What was done with a request on port 80, for the metrics. */
export const plainOutcomes = ['challenge', 'no_challenge', 'redirect', 'refused'] as const;
export type PlainOutcome = (typeof plainOutcomes)[number];

export interface PlainRequest {
  readonly method: string;
  /** As it stands in the request line, in Latin-1. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

export interface PlainAnswer {
  readonly outcome: PlainOutcome;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const challengePath = '/.well-known/acme-challenge/';

/**
 * What is answered over plain HTTP: a CA's challenges (RFC 8555, section 8.3), and for all else where to go. Not the
 * own CA's certificate: whoever took that from a connection that anybody can change would have no reason to compare it.
 * @param challenge The key authorization for a token.
 * @param httpsPort Where to lead to.
 */
export function plainAnswer(
  { method, target, headers }: PlainRequest,
  challenge: (token: string) => string | undefined,
  httpsPort: number,
): PlainAnswer {
  const isRead = method === 'GET' || method === 'HEAD';
  // Of the absolute form, which proxies use, the authority counts (RFC 9112, section 3.2.2).
  const [, authority = headers.host, path = '/'] = /^http:\/\/([^/?#]*)(.*)$/i.exec(target) ?? [
    '',
    undefined,
    target,
  ];
  if (isRead && path.startsWith(challengePath)) {
    const text = challenge(path.slice(challengePath.length));
    return text === undefined
      ? { outcome: 'no_challenge', status: 404, headers: plainText, body: 'No such challenge.\n' }
      : { outcome: 'challenge', status: 200, headers: challengeHeaders, body: text };
  }
  const host = hostOf(authority);
  if (host === undefined) return withFault('refused', fault('unknown_host', {}), {});
  const port = httpsPort === 443 ? '' : `:${httpsPort}`;
  const location = `https://${host}${port}${pathOf(path)}`;
  const hadKey = presentedKeys(headers).length > 0;
  const problem = hadKey ? fault('key_sent_unencrypted', {}) : fault('https_required', {});
  return withFault('redirect', problem, { location });
}

const plainText = { 'content-type': 'text/plain; charset=utf-8' };

// The media type that RFC 8555, section 8.3 names for what is served there.
const challengeHeaders = { 'content-type': 'application/octet-stream', 'cache-control': 'no-store' };

function withFault(outcome: PlainOutcome, problem: Fault, headers: Record<string, string>): PlainAnswer {
  const body = JSON.stringify(errorBody(problem));
  const type = { 'content-type': 'application/json; charset=utf-8' };
  return { outcome, status: problem.status, headers: { ...type, ...headers }, body };
}

/** Path and query fit for a header: what is no printable ASCII is written as its bytes. `*` has no path. */
function pathOf(target: string): string {
  if (!/^[/?]/.test(target)) return '/';
  const path = target.startsWith('/') ? target : `/${target}`;
  return path.replace(/[^\x21-\x7e]/g, (letter) => `%${letter.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
