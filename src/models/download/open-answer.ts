import type { Secret } from '../../context/secret.ts';
import { failure } from '../../errors/catalogue.ts';
import { type RemoteSource, sourceText } from '../source.ts';
import { type HubFacts, readHubFacts } from './hub.ts';
import { type Hop, networkFault, refusal } from './status.ts';

const mostRedirects = 10;
const redirects = [301, 302, 303, 307, 308];

export interface FileAddress {
  readonly source: RemoteSource;
  readonly url: URL;
  /** For the origin of `url` alone. */
  readonly token?: Secret | undefined;
}

/** The head of an answer with status 200, 206 or 416. */
export interface Answer {
  readonly response: Response;
  /** Where it came from in the end. */
  readonly hop: Hop;
  /** What the hub said on the way. */
  readonly facts: HubFacts;
}

/**
 * Asks for a file and follows redirects, hop by hop, as huggingface_hub does: the token goes to the hub's own origin
 * and never with a redirect to another (those hold a signature of their own, and refuse a second credential).
 *
 * @param conditions Further headers for a hop: the range wanted, from what the hub has said up to there.
 * @throws TransientFault; MODEL_FETCH_NO_ACCESS, MODEL_FETCH_NOT_FOUND, MODEL_FETCH_REFUSED, MODEL_FETCH_UNTRUSTED
 */
export async function openAnswer(
  address: FileAddress,
  conditions: (url: URL, facts: HubFacts) => Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Answer> {
  const { source } = address;
  let url = plainUrl(address.url, address);
  const credential = credentialOf(address);
  let facts: HubFacts = {};
  for (let count = 0; count <= mostRedirects; count++) {
    const isOwn = url.origin === address.url.origin;
    const authorization = isOwn ? credential : undefined;
    const hop: Hop = { source, url, isOwn, hasToken: authorization !== undefined };
    const headers = {
      ...conditions(url, facts),
      // The bytes are hashed as they are stored.
      'accept-encoding': 'identity',
      'user-agent': 'onepilot',
      ...(authorization !== undefined && { authorization }),
    };
    const response = await ask(hop, headers, signal);
    if (isOwn && source.kind === 'hub') facts = merged(facts, readHubFacts(response.headers));
    if ([200, 206, 416].includes(response.status)) return { response, hop, facts };
    await response.body?.cancel().catch(() => {});
    if (!redirects.includes(response.status)) throw refusal(response, hop);
    url = nextUrl(hop, response.headers.get('location'));
  }
  throw refused({ source, url }, `it redirects more than ${mostRedirects} times`);
}

/** What no token can hold is not sent: `fetch` would print it in the error that it throws. */
function credentialOf({ source, url, token }: FileAddress): string | undefined {
  if (token === undefined || source.kind !== 'hub') return undefined;
  const text = token.reveal().trim();
  if (/^[\x21-\x7e]+$/.test(text)) return `Bearer ${text}`;
  const reason = 'the token is empty or has characters that no token has';
  throw failure('MODEL_FETCH_NO_ACCESS', { server: url.host, source: sourceText(source), reason });
}

async function ask(hop: Hop, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(hop.url.href, { headers, signal, redirect: 'manual' });
  } catch (error) {
    signal.throwIfAborted();
    throw networkFault(error, hop);
  }
}

/** Where a redirect leads; never from https to something that anybody on the way could change. */
export function nextUrl({ source, url }: Pick<Hop, 'source' | 'url'>, location: string | null): URL {
  const next = location === null ? null : URL.parse(location, url.href);
  if (next === null) throw refused({ source, url }, 'it redirects to nowhere');
  plainUrl(next, { source });
  if (url.protocol === 'https:' && next.protocol === 'http:') {
    throw refused({ source, url }, `it redirects from https to http://${next.host}`);
  }
  return next;
}

function plainUrl(url: URL, { source }: Pick<Hop, 'source'>): URL {
  const isHttp = /^https?:$/.test(url.protocol);
  if (isHttp && url.username === '' && url.password === '') return url;
  const reason = isHttp
    ? 'its address holds a user name or a password'
    : `it speaks ${url.protocol} instead of https:`;
  throw refused({ source, url }, reason);
}

function refused({ source, url }: Pick<Hop, 'source' | 'url'>, reason: string): Error {
  return failure('MODEL_FETCH_REFUSED', { server: url.host, source: sourceText(source), reason });
}

function merged(earlier: HubFacts, later: HubFacts): HubFacts {
  return {
    commit: later.commit ?? earlier.commit,
    sha256: later.sha256 ?? earlier.sha256,
    size: later.size ?? earlier.size,
  };
}
