import { failure, type OnePilotError } from '../../errors/catalogue.ts';
import { type RemoteSource, sourceText } from '../source.ts';
import { pauseAsked, TransientFault } from './fault.ts';

/** Where an answer came from. */
export interface Hop {
  readonly source: RemoteSource;
  readonly url: URL;
  /** Whether this is the server that the source names, and not one that it redirected to. */
  readonly isOwn: boolean;
  /** Whether a token went with the request. */
  readonly hasToken: boolean;
}

/** What the hub writes into `x-error-code`, as `hf_raise_for_status` of huggingface_hub (utils/_http.py) reads it. */
const hubReasons: Readonly<Record<string, string>> = {
  RepoNotFound: 'there is no such repository, or it is private',
  RevisionNotFound: 'the repository has no such revision',
  EntryNotFound: 'the repository has no such file in this revision',
  GatedRepo: 'the repository is gated',
};

/**
 * What an answer other than the file itself means: whether another attempt is worth while.
 *
 * The hub answers 401 for a repository that does not exist, too, unless the token may see that. A server that was
 * redirected to answers 401, 403 or 404 when its signed address has expired; the next attempt gets a fresh one.
 */
export function refusal(
  response: Response,
  { source, url, isOwn, hasToken }: Hop,
): OnePilotError | TransientFault {
  const { status, headers } = response;
  const values = { server: url.host, source: sourceText(source) };
  const isBusy = status === 408 || status === 425 || status === 429 || status >= 500;
  const hasExpired = !isOwn && [401, 403, 404, 410].includes(status);
  if (isBusy || hasExpired) {
    const reason = `${url.host} answered with status ${status}`;
    return new TransientFault(reason, true, pauseAsked(headers, Date.now()));
  }
  const stated = hubReasons[headers.get('x-error-code') ?? ''];
  const reason = stated === undefined ? `status ${status}` : `${stated} (status ${status})`;
  if (status === 401 || status === 403) {
    const token = source.kind === 'hub' ? `, ${hasToken ? 'with' : 'without'} a token` : '';
    return failure('MODEL_FETCH_NO_ACCESS', { ...values, reason: `${reason}${token}` });
  }
  if (status === 404 || status === 410) return failure('MODEL_FETCH_NOT_FOUND', { ...values, reason });
  return failure('MODEL_FETCH_REFUSED', { ...values, reason });
}

/** What it means that no answer came, or that one broke off: `error` is what `fetch` or its stream threw. */
export function networkFault(error: unknown, { source, url }: Hop): OnePilotError | TransientFault {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  const said = cause instanceof Error ? cause.message : String(cause);
  if (code !== undefined && /CERT|SIGNATURE|ERR_TLS|ERR_SSL/.test(code)) {
    const values = { server: url.host, source: sourceText(source), reason: code };
    return failure('MODEL_FETCH_UNTRUSTED', values, { cause: error });
  }
  const reason = networkReasons[code ?? ''] ?? (code === undefined ? said : `${code}: ${said}`);
  return new TransientFault(`${reason} (${url.host})`, false);
}

const networkReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EAI_AGAIN: 'its name could not be looked up',
  ENOTFOUND: 'its name is unknown',
  EHOSTUNREACH: 'there is no route',
  ENETUNREACH: 'there is no route',
  ETIMEDOUT: 'no connection came about in time',
  UND_ERR_CONNECT_TIMEOUT: 'no connection came about in time',
  UND_ERR_SOCKET: 'the connection broke off',
};
