import { ollamaChat } from '../../../../src/gateway/dialects/ollama/chat.ts';
import { ollamaGenerate } from '../../../../src/gateway/dialects/ollama/generate.ts';
import { done, type EngineEvent } from '../../../../src/gateway/engine-event.ts';
import type { JsonObject } from '../../../../src/gateway/json.ts';

const context = {
  model: { id: 'chat-model', roles: ['chat' as const], contextSize: 4096 },
  requestedModel: 'mine:7b',
  id: '0b1',
  now: 1_800_000_000,
};

/** What stands in every line of an answer. */
export const head = { model: 'mine:7b', created_at: '2027-01-15T08:00:00.000Z' };

export const chatFor = (body: JsonObject) => ollamaChat.translate(body, context);
export const generateFor = (body: JsonObject) => ollamaGenerate.translate(body, context);
export const user = (content: string) => ({ role: 'user', content });

type Asked = ReturnType<typeof chatFor>;

/** The lines that a client gets for `events`. */
export function linesOf(exchange: Asked, events: readonly EngineEvent[]): JsonObject[] {
  const stream = exchange.events();
  const text = events.map((event) => stream.next(event)).join('');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** The answer that a client gets that does not want a stream. */
export function wholeOf(exchange: Asked, events: readonly EngineEvent[]): JsonObject | undefined {
  const collector = exchange.collector();
  for (const event of events) collector.next(event);
  return collector.answer;
}

export const delta = (part: JsonObject, finish_reason: string | null = null): EngineEvent => ({
  choices: [{ index: 0, delta: part, finish_reason }],
});

/** How the engine ends a chat (llama.cpp v0.5.0, `to_json_oaicompat_chat_stream`). */
export const chatEnding = (reason: string): EngineEvent[] => [
  delta({}, reason),
  {
    choices: [],
    usage: { prompt_tokens: 30, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 20 } },
    timings: { cache_n: 20, prompt_n: 10, prompt_ms: 1.5, predicted_n: 7, predicted_ms: 2.25 },
  },
  done,
];

/** What Ollama's last line says of the ending above. */
export const counted = {
  total_duration: 3_750_000,
  load_duration: 0,
  prompt_eval_count: 30,
  prompt_eval_duration: 1_500_000,
  eval_count: 7,
  eval_duration: 2_250_000,
};
