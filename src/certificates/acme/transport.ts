import { Agent, request } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { createSecureContext, getCACertificates, rootCertificates } from 'node:tls';
import { pauseAsked } from '../../models/download/fault.ts';
import { AcmeProblem } from './problem.ts';

/** Milliseconds that one answer may take. */
const answerWithin = 30_000;
/** Bytes that an answer may have. */
const largestAnswer = 1024 * 1024;
/**
 * A server may refuse a nonce for reasons of its own, and says to take another (RFC 8555, section 6.5). With three of
 * four refused, all of these fail once in 10^5 requests.
 */
const mostNonces = 40;
/** Milliseconds before a request is repeated that did not arrive, or that the server stumbled over. */
const pauses = [500, 1000, 2000];

export interface AcmeRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface AcmeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** No answer came from an ACME server. */
export class NoAnswer extends Error {
  /** As Node has it, like `ENOTFOUND`; `ETIMEDOUT` also when the answer took too long. */
  readonly code: string;

  constructor(code: string, options: ErrorOptions) {
    super(options.cause instanceof Error ? options.cause.message : String(options.cause), options);
    this.name = 'NoAnswer';
    this.code = code;
  }

  /** Whether it concerns the certificate of the server, or what vouches for it. */
  get isDistrust(): boolean {
    return /CERT|SIGNATURE|ERR_TLS|ERR_SSL/.test(this.code);
  }
}

export interface TransportOptions {
  /** Certificates, in PEM, of CAs that vouch for the server, beside those that Node and the system trust. */
  readonly roots?: string | undefined;
  readonly signal: AbortSignal;
}

/** How one ACME server is asked: whom to trust, how long to wait, when to ask again. */
export class Transport {
  /** What the server's clock said last; undefined until it said something. */
  serverTime: Date | undefined;
  /** Milliseconds that the last good answer wants to be waited before the next (RFC 8555, section 7.5.1); 0: none. */
  waitAsked = 0;
  readonly #agent: Agent;
  readonly #signal: AbortSignal;

  constructor({ roots, signal }: TransportOptions) {
    const trusted = new Set([...rootCertificates, ...getCACertificates('system')]);
    // Read once: there are hundreds.
    const secureContext = createSecureContext({ ca: [...trusted, ...(roots === undefined ? [] : [roots])] });
    this.#agent = new Agent({ keepAlive: true, secureContext });
    this.#signal = signal;
  }

  /**
   * One request, once.
   * @throws NoAnswer, or AcmeProblem when the answer's status is 400 or more
   */
  async send(wanted: AcmeRequest): Promise<AcmeAnswer> {
    const limit = AbortSignal.timeout(answerWithin);
    const signal = AbortSignal.any([this.#signal, limit]);
    const answer = await exchange(wanted, this.#agent, signal).catch((cause: unknown) => {
      this.#signal.throwIfAborted();
      throw new NoAnswer(limit.aborted ? 'ETIMEDOUT' : codeOf(cause), { cause });
    });
    const date = Date.parse(answer.headers.date ?? '');
    if (!Number.isNaN(date)) this.serverTime = new Date(date);
    const wait = pauseAsked(new Headers(answer.headers), Date.now());
    if (answer.status < 400) {
      this.waitAsked = wait ?? 0;
      return answer;
    }
    const retryAfter = wait === undefined ? undefined : new Date(Date.now() + wait);
    throw new AcmeProblem(parsed(answer.body), answer.status, retryAfter);
  }

  /**
   * Does `work`, which asks the server once, and does it again with another nonce when that was refused, and a few
   * times when the server did not answer or stumbled. It is signed anew each time.
   */
  async repeat<Result>(work: () => Promise<Result>): Promise<Result> {
    let nonces = 0;
    let stumbles = 0;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (error instanceof AcmeProblem && error.type === 'badNonce' && nonces < mostNonces) {
          nonces += 1;
          // None before the second: losing one is common. The more are refused, the more the server is in trouble.
          await pause(20 * (nonces - 1), undefined, { signal: this.#signal });
        } else if (mayPass(error) && stumbles < pauses.length) {
          await pause(pauses[stumbles], undefined, { signal: this.#signal });
          stumbles += 1;
        } else throw error;
      }
    }
  }

  /**
   * `repeat` for what can be done once. It may have been done though its answer was lost, and then it is refused.
   * @param isDone Asks the server whether it has been done.
   */
  async achieve(work: () => Promise<unknown>, isDone: () => Promise<boolean>): Promise<void> {
    try {
      await this.repeat(work);
    } catch (error) {
      if (!(error instanceof AcmeProblem) || !(await isDone())) throw error;
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Whether the same request may succeed seconds later. */
function mayPass(error: unknown): boolean {
  if (error instanceof NoAnswer) return !error.isDistrust && !permanent.has(error.code);
  return error instanceof AcmeProblem && (error.status ?? 0) >= 500 && error.retryAfter === undefined;
}

/** A limit of half a minute has been waited for; a name does not appear, and an address does not become right. */
const permanent = new Set(['ETIMEDOUT', 'ENOTFOUND', 'ERR_INVALID_URL', 'ERR_INVALID_PROTOCOL']);

function exchange(
  { url, method, headers, body }: AcmeRequest,
  agent: Agent,
  signal: AbortSignal,
): Promise<AcmeAnswer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, agent, signal }, (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > largestAnswer)
          response.destroy(new Error(`an answer of more than ${largestAnswer} bytes`));
        chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => {
        const flat = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(flat),
          body: Buffer.concat(chunks).toString(),
        });
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
