import { readFile } from 'node:fs/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import OpenAI, { AuthenticationError } from 'openai';
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

function must(condition: boolean, problem: string): asserts condition {
  if (!condition) throw failure('VM_PROOF_FAILED', { problem });
}

/**
 * Proves with the official `openai` client that the appliance lists models, chats, streams the same answer,
 * and refuses a wrong key.
 * @throws VM_PROOF_FAILED
 */
export async function prove(endpoint: Endpoint): Promise<Proof> {
  await trustAuthority(endpoint.authority);
  const client = new OpenAI({ baseURL: endpoint.baseUrl, apiKey: endpoint.key, maxRetries: 0 });

  const models = (await client.models.list()).data.map((model) => model.id);
  const [model] = models;
  must(model !== undefined, 'it lists no model');
  const request = { model, messages: [{ role: 'user', content: question }], temperature: 0 } as const;

  const start = Date.now();
  const answer = await client.chat.completions.create({ ...request, messages: [...request.messages] });
  const text = answer.choices[0]?.message.content ?? '';
  must(text.trim() !== '', 'its chat answer is empty');
  const ms = Date.now() - start;

  const streamStart = Date.now();
  let streamed = '';
  let chunks = 0;
  let firstMs = 0;
  const stream = await client.chat.completions.create({
    ...request,
    messages: [...request.messages],
    stream: true,
  });
  for await (const chunk of stream) {
    const content = chunk.choices[0]?.delta.content;
    if (!content) continue;
    firstMs ||= Date.now() - streamStart;
    streamed += content;
    chunks += 1;
  }
  must(streamed === text, `streamed, the answer differs: «${streamed}» instead of «${text}»`);
  must(chunks > 1, 'the streamed answer came in one piece');

  const stranger = new OpenAI({ baseURL: endpoint.baseUrl, apiKey: 'sk-wrong', maxRetries: 0 });
  const refusal = await stranger.models.list().then(
    () => undefined,
    (error: unknown) => error,
  );
  must(refusal instanceof AuthenticationError, 'a wrong key is not refused with 401');
  return { models, chat: { text, ms }, streamed: { text: streamed, chunks, firstMs } };
}
