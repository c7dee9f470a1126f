import { type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import * as z from 'zod';
import { failure, type OnePilotError } from '../errors/catalogue.ts';
import type { OneGateSettings } from './settings.ts';

/** Milliseconds for a whole exchange, as one-context has it. */
const deadline = 10_000;

/** Bytes; a VM's record has a few kilobytes. */
const largestAnswer = 1_048_576;

/** Characters of OneGate's own words that are passed on. */
const longestText = 200;

/** The part of `GET /vm` that is read (src/onegate/onegate-server.rb, `build_vm_hash`). */
const VmAnswer = z.object({ VM: z.object({ USER_TEMPLATE: z.record(z.string(), z.unknown()) }) });

type Access = Pick<OneGateSettings, 'endpoint' | 'vmId' | 'token'>;

interface Exchange {
  readonly method: 'GET' | 'PUT';
  readonly body?: string;
  /** Ends the exchange early. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds. */
  readonly timeout?: number | undefined;
}

/**
 * Sets attributes of this VM's user template; those not named stay as they are.
 * @param attributes Names and values that survive OneGate (src/onegate/attributes.ts).
 * @throws ONEGATE_UNREACHABLE, ONEGATE_REFUSED
 */
export async function updateVm(
  access: Access,
  attributes: Readonly<Record<string, string>>,
  { signal, timeout }: Pick<Exchange, 'signal' | 'timeout'> = {},
): Promise<void> {
  const body = Object.entries(attributes)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');
  await exchange(access, { method: 'PUT', body, signal, timeout });
}

/**
 * This VM's user template. Attributes that are no plain text (vectors, repeated ones) are left out.
 * @throws ONEGATE_UNREACHABLE, ONEGATE_REFUSED, ONEGATE_BAD_ANSWER
 */
export async function readUserTemplate(
  access: Access,
  { signal, timeout }: Pick<Exchange, 'signal' | 'timeout'> = {},
): Promise<Record<string, string>> {
  const text = await exchange(access, { method: 'GET', signal, timeout });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw failure('ONEGATE_BAD_ANSWER', { endpoint: access.endpoint, reason: 'no JSON' });
  }
  const answer = VmAnswer.safeParse(parsed);
  if (!answer.success) {
    throw failure('ONEGATE_BAD_ANSWER', { endpoint: access.endpoint, reason: 'no record of a VM' });
  }
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(answer.data.VM.USER_TEMPLATE)) {
    if (typeof value === 'string') plain[name] = value;
  }
  return plain;
}

/** One exchange about `/vm`; redirects are not followed, so nobody else sees the token. */
async function exchange(access: Access, { method, body, signal, timeout }: Exchange): Promise<string> {
  const { endpoint } = access;
  const limit = AbortSignal.timeout(timeout ?? deadline);
  let answer: { status: number; text: string };
  try {
    answer = await send(access, method, body, signal ? AbortSignal.any([signal, limit]) : limit);
  } catch (cause) {
    const seconds = Math.round((timeout ?? deadline) / 1000);
    const reason = limit.aborted ? `no answer within ${seconds} s` : reasonOf(cause);
    throw failure('ONEGATE_UNREACHABLE', { endpoint, reason }, { cause });
  }
  if (answer.status < 200 || answer.status > 299) throw refusal(access, answer.status, answer.text);
  return answer.text;
}

function send(
  { endpoint, vmId, token }: Access,
  method: string,
  body: string | undefined,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const options: RequestOptions = {
    method,
    signal,
    agent: false,
    headers: {
      'x-onegate-token': token.reveal(),
      'x-onegate-vmid': vmId,
      // As a form, OneGate would take the attributes `data` and `type` out of the body for its own.
      ...(body !== undefined && { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(body) }),
    },
  };
  const url = `${endpoint}/vm`;
  const outgoing = url.startsWith('https:')
    ? // OneGate's certificate is usually made by the site itself and the context holds nothing to check it
      // against; one-context's clients do not check it either.
      requestHttps(url, { ...options, rejectUnauthorized: false })
    : requestHttp(url, options);
  outgoing.on('error', reject);
  outgoing.once('response', (response) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > largestAnswer) outgoing.destroy(new Error(`more than ${largestAnswer} bytes`));
    });
    response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    response.on('error', reject);
  });
  outgoing.end(body);
  return promise;
}

function refusal({ endpoint, token }: Access, status: number, answer: string): OnePilotError {
  const text =
    answer
      .replaceAll(token.reveal(), '[secret]')
      .replace(/[\p{Cc}\s]+/gu, ' ')
      .trim()
      .slice(0, longestText) || 'no further words';
  return failure('ONEGATE_REFUSED', { endpoint, status, text });
}

/** Node's network errors have messages such as «connect ECONNREFUSED 10.0.0.1:5030», or a code alone. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
  return cause.message || code;
}
