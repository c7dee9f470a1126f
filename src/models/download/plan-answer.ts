import { failure } from '../../errors/catalogue.ts';
import { sourceText } from '../source.ts';
import type { PartialNote } from '../store/partials.ts';
import { type ContentRange, parseContentRange, strongEtag } from './content-range.ts';
import { TransientFault } from './fault.ts';
import type { FetchRequest } from './fetch-request.ts';
import { type HubFacts, readLength } from './hub.ts';
import type { Answer } from './open-answer.ts';

/**
 * Asks for what is missing (RFC 9110 sections 13.1.5 and 14.2). A validator counts for the server that gave it; at
 * another one the hash that the whole file must have stands for it.
 * @param received Bytes that are here.
 */
export function rangeHeaders(
  received: number,
  { sha256, etag }: PartialNote,
  url: URL,
  facts: HubFacts,
): Readonly<Record<string, string>> {
  if (received === 0 || isOther(sha256, facts.sha256)) return {};
  const range = `bytes=${received}-`;
  if (etag?.origin === url.origin) return { range, 'if-range': etag.value };
  return sha256 === undefined ? {} : { range };
}

/** What to do with an answer. `note` is what is known of the file from it. */
export type AnswerPlan = { readonly keep: boolean; readonly note: PartialNote } & (
  | { readonly action: 'receive' }
  /** `last` is the error if asking again does not help. */
  | { readonly action: 'ask-again'; readonly reason: string; readonly last: Error }
);

export interface AnswerQuestion {
  readonly request: Pick<FetchRequest, 'source' | 'expectedSize'>;
  readonly note: PartialNote;
  /** Bytes that are here. */
  readonly received: number;
  readonly answer: Answer;
}

/**
 * Decides from the head of an answer whether its bytes continue the file, begin it anew or are of no use. Pure.
 * @throws MODEL_FETCH_NO_HASH, MODEL_FETCH_SIZE, MODEL_FETCH_REFUSED, TransientFault
 */
export function planAnswer(question: AnswerQuestion): AnswerPlan {
  const { request, note, received, answer } = question;
  const { status, headers } = answer.response;
  const server = answer.hop.url.host;
  const values = { server, source: sourceText(request.source) };
  // First, since a web page states no hash either.
  if (status !== 416) requireFile(answer, received > 0, values);
  const sha256 = wantedHash(question);
  const isNew = isOther(note.sha256, sha256);

  const range = status === 206 ? parseContentRange(headers.get('content-range')) : undefined;
  const total = status === 206 ? range?.size : readLength(headers.get('content-length'));
  const size = wantedSize(question, status === 416 ? undefined : total);
  const etag = strongEtag(headers);
  const next: PartialNote = {
    source: request.source,
    sha256,
    ...(size !== undefined && { size }),
    ...definedCommit(answer.facts.commit ?? note.commit),
    ...(etag !== undefined && { etag: { value: etag, origin: answer.hop.url.origin } }),
  };
  if (status === 200) return { action: 'receive', keep: received === 0, note: next };
  const fits = status === 206 && !isNew && range !== undefined && continues(range, received, size, note);
  if (fits) return { action: 'receive', keep: true, note: next };
  const reason =
    status === 416 ? `${server} refuses to continue the file` : `${server} sent another part than asked for`;
  const last = failure('MODEL_FETCH_REFUSED', { ...values, reason });
  return { action: 'ask-again', keep: false, note: next, reason, last };
}

/**
 * A login page of a proxy must not cost what has arrived of the file that it stands for; where some has, the server has
 * the file, and whoever stands before it may let it through again.
 */
function requireFile(
  { response: { headers } }: Answer,
  isResumed: boolean,
  values: { server: string; source: string },
): void {
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity') {
    throw failure('MODEL_FETCH_REFUSED', { ...values, reason: `the file comes compressed (${encoding})` });
  }
  if (/^text\/html\b/i.test(headers.get('content-type') ?? '')) {
    if (isResumed) throw new TransientFault(`${values.server} sent a web page instead of the file`, true);
    throw failure('MODEL_FETCH_REFUSED', { ...values, reason: 'it sent a web page instead of the file' });
  }
}

function continues(
  { first, last, size: total }: ContentRange,
  received: number,
  size: number | undefined,
  note: PartialNote,
): boolean {
  const isSameFile = total === undefined || note.size === undefined || total === note.size;
  return first === received && isSameFile && (size === undefined || last < size);
}

/**
 * That what the hub says of a file agrees with what was asked for: what does not need not be fetched.
 * @throws MODEL_FETCH_HASH, MODEL_FETCH_SIZE
 */
export function requireAgreement(
  { source, expectedSize }: AnswerQuestion['request'],
  server: string,
  facts: HubFacts,
): void {
  const text = sourceText(source);
  if (source.sha256 !== undefined && facts.sha256 !== undefined && source.sha256 !== facts.sha256) {
    throw failure('MODEL_FETCH_HASH', { source: text, found: facts.sha256, expected: source.sha256 });
  }
  if (expectedSize !== undefined && facts.size !== undefined && expectedSize !== facts.size) {
    throw failure('MODEL_FETCH_SIZE', { source: text, server, found: facts.size, expected: expectedSize });
  }
}

/** The hash that the whole file must have. */
function wantedHash({ request: { source }, note, answer }: AnswerQuestion): string {
  const isSameCommit = answer.facts.commit === note.commit;
  const wanted = source.sha256 ?? answer.facts.sha256 ?? (isSameCommit ? note.sha256 : undefined);
  if (wanted !== undefined) return wanted;
  throw failure('MODEL_FETCH_NO_HASH', { source: sourceText(source), server: answer.hop.url.host });
}

/** Bytes of the whole file, where anybody says so. @param total What the answer says. */
function wantedSize(
  { request: { source, expectedSize }, note, answer }: AnswerQuestion,
  total: number | undefined,
): number | undefined {
  const server = answer.hop.url.host;
  const stated = answer.facts.size;
  if (stated !== undefined && total !== undefined && stated !== total) {
    throw new TransientFault(`${server} announces ${total} bytes instead of ${stated}`, true);
  }
  if (expectedSize !== undefined && total !== undefined && expectedSize !== total) {
    const values = { source: sourceText(source), server, found: total, expected: expectedSize };
    throw failure('MODEL_FETCH_SIZE', values);
  }
  const known = answer.response.status === 206 ? note.size : undefined;
  return expectedSize ?? stated ?? total ?? known;
}

function definedCommit(commit: string | undefined): { commit?: string } {
  return commit === undefined ? {} : { commit };
}

/** Whether both are known and differ. */
function isOther<Value>(one: Value | undefined, other: Value | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}
