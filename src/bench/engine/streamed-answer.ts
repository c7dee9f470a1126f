import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { ScriptFailure } from '../../cli/run-script.ts';
import { seededIntegers } from '../../models/smoke/qwen2.ts';

export interface Endpoint {
  readonly port: number;
  readonly key: string;
  /** Certificate of the authority to trust, PEM. */
  readonly authority: string;
}

/** The part of an event of either API that is read. */
const Event = z.object({
  choices: z
    .array(
      z.object({
        text: z.string().nullish(),
        delta: z.object({ content: z.string().nullish() }).optional(),
      }),
    )
    .default([]),
  usage: z.object({ prompt_tokens: z.int(), completion_tokens: z.int() }).nullish(),
  /** The engine's own clock (llama.cpp v0.5.0, `result_timings`). */
  timings: z
    .object({ prompt_n: z.int(), prompt_ms: z.number(), predicted_n: z.int(), predicted_ms: z.number() })
    .optional(),
});

/** How an answer came, by the client's clock in milliseconds and the usage that the API states. */
export interface StreamedAnswer {
  readonly promptTokens: number;
  readonly tokens: number;
  /** From sending the request to the first token. */
  readonly first: number;
  /** From the first token to the last. */
  readonly between: number;
  /** From sending the request to the end of the answer. */
  readonly whole: number;
  /** Tokens a second that the engine counts by itself, without what is around it. */
  readonly engine: { readonly prompt: number; readonly generation: number };
}

export interface Question {
  readonly role: 'chat' | 'complete';
  readonly model: string;
  readonly prompt: string;
  readonly tokens: number;
}

/**
 * Asks for exactly `tokens` tokens, greedily, over TLS, and watches them come.
 * @throws ScriptFailure when the answer is an error, or another number of tokens
 */
export async function ask(
  { port, key, authority }: Endpoint,
  { role, model, prompt, tokens }: Question,
  signal: AbortSignal,
): Promise<StreamedAnswer> {
  const common = {
    model,
    max_tokens: tokens,
    stream: true,
    stream_options: { include_usage: true },
    temperature: 0,
    ignore_eos: true,
  };
  const body = JSON.stringify(
    role === 'chat' ? { ...common, messages: [{ role: 'user', content: prompt }] } : { ...common, prompt },
  );
  const start = performance.now();
  const outgoing = request({
    host: '127.0.0.1',
    port,
    path: role === 'chat' ? '/v1/chat/completions' : '/v1/completions',
    method: 'POST',
    ca: authority,
    agent: false,
    signal,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
  });
  outgoing.end(body);
  const [incoming]: IncomingMessage[] = await once(outgoing, 'response');
  if (incoming?.statusCode !== 200) {
    throw new ScriptFailure(`The gateway refused a request: HTTP ${incoming?.statusCode}.`);
  }
  return watch(incoming, start, tokens);
}

async function watch(incoming: IncomingMessage, start: number, wanted: number): Promise<StreamedAnswer> {
  let first: number | undefined;
  let last = start;
  let usage: z.infer<typeof Event>['usage'];
  let timings: z.infer<typeof Event>['timings'];
  for await (const line of createInterface({ input: incoming })) {
    const data = /^data: (\{.*)$/.exec(line)?.[1];
    if (data === undefined) continue;
    const event = Event.parse(JSON.parse(data));
    usage = event.usage ?? usage;
    timings = event.timings ?? timings;
    if (!event.choices.some(({ text, delta }) => text || delta?.content)) continue;
    last = performance.now();
    first ??= last;
  }
  if (first === undefined || usage?.completion_tokens !== wanted || !timings) {
    throw new ScriptFailure(`${wanted} tokens were asked for, ${usage?.completion_tokens ?? 'no'} came.`);
  }
  return {
    promptTokens: usage.prompt_tokens,
    tokens: wanted,
    first: first - start,
    between: last - first,
    whole: performance.now() - start,
    engine: {
      prompt: (timings.prompt_n / timings.prompt_ms) * 1000,
      generation: (timings.predicted_n / timings.predicted_ms) * 1000,
    },
  };
}

/** Texts of so many random letters, never the same twice, so that no cache has read them before. */
export function randomTexts(seed: number): (letters: number) => string {
  const next = seededIntegers(seed);
  const letter = () => String.fromCharCode(97 + (next() % 26));
  return (letters) => Array.from({ length: letters }, letter).join('');
}
