import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import OpenAI, { APIError, APIUserAbortError, AuthenticationError } from 'openai';
import { failure } from '../errors/catalogue.ts';
import type { Endpoint } from './boot.ts';

/** What the official client saw. */
export interface Proof {
  readonly models: readonly string[];
  /** The answer to the question, and how long it took in milliseconds. */
  readonly chat: { readonly text: string; readonly ms: number };
  readonly streamed: { readonly text: string; readonly chunks: number; readonly firstMs: number };
}

const question = 'Say that you are there.';

/** Makes this process's TLS clients, fetch among them, trust the authority in `path` too. */
export async function trustAuthority(path: string): Promise<void> {
  setDefaultCACertificates([...getCACertificates('default'), await readFile(path, 'utf8')]);
}

/** Seconds that each answer may take. */
const patience = 60;

class Shortcoming extends Error {}

function must(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new Shortcoming(problem);
}

/** The innermost cause: what the network said, where the client says «Connection error.» alone. */
function innermost(error: Error): Error {
  return error.cause instanceof Error ? innermost(error.cause) : error;
}

function explain(error: unknown, key: string): string {
  if (error instanceof Shortcoming) return error.message;
  if (error instanceof APIUserAbortError || (error instanceof Error && error.name === 'TimeoutError')) {
    return `an answer took longer than ${patience} s`;
  }
  const reason = error instanceof Error ? innermost(error).message : String(error);
  const place = error instanceof APIError && error.status === undefined ? 'the connection failed: ' : '';
  return `${place}${reason.replaceAll(key, '…')}`;
}

/**
 * Proves with the official `openai` client that the appliance lists models, chats, streams the same answer,
 * and refuses a wrong key.
 * @throws VM_PROOF_FAILED; the reason of `signal` when that aborted
 */
export async function prove(endpoint: Endpoint, signal?: AbortSignal): Promise<Proof> {
  try {
    return await ask(endpoint, signal);
  } catch (error) {
    signal?.throwIfAborted();
    const values = { problem: explain(error, endpoint.key), path: dirname(endpoint.authority) };
    throw failure('VM_PROOF_FAILED', values, { cause: error });
  }
}

async function ask(endpoint: Endpoint, interruption?: AbortSignal): Promise<Proof> {
  await trustAuthority(endpoint.authority);
  const clientWith = (apiKey: string) => new OpenAI({ baseURL: endpoint.baseUrl, apiKey, maxRetries: 0 });
  const client = clientWith(endpoint.key);
  // Not the client's own timeout, which ends with the head of an answer.
  const withinPatience = () => {
    const timeout = AbortSignal.timeout(patience * 1000);
    return { signal: interruption ? AbortSignal.any([interruption, timeout]) : timeout };
  };

  const models = (await client.models.list(withinPatience())).data.map((model) => model.id);
  const [model] = models;
  must(model !== undefined, 'it lists no model');
  const request = { model, messages: [{ role: 'user', content: question }], temperature: 0 } as const;

  const start = Date.now();
  const answer = await client.chat.completions.create(
    { ...request, messages: [...request.messages] },
    withinPatience(),
  );
  const text = answer.choices[0]?.message.content ?? '';
  must(text.trim() !== '', 'its chat answer is empty');
  const ms = Date.now() - start;

  const streamStart = Date.now();
  let streamed = '';
  let chunks = 0;
  let firstMs = 0;
  const streaming = withinPatience();
  const stream = await client.chat.completions.create(
    { ...request, messages: [...request.messages], stream: true },
    streaming,
  );
  for await (const chunk of stream) {
    const content = chunk.choices[0]?.delta.content;
    if (!content) continue;
    firstMs ||= Date.now() - streamStart;
    streamed += content;
    chunks += 1;
  }
  // The client ends an aborted stream as if it were complete.
  streaming.signal.throwIfAborted();
  must(streamed === text, `streamed, the answer differs: «${streamed}» instead of «${text}»`);
  must(chunks > 1, 'the streamed answer came in one piece');

  const refusal = await clientWith('sk-wrong')
    .models.list(withinPatience())
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  must(refusal instanceof AuthenticationError, 'a wrong key is not refused with 401');
  return { models, chat: { text, ms }, streamed: { text: streamed, chunks, firstMs } };
}
