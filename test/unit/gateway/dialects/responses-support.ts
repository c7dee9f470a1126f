import { responses } from '../../../../src/gateway/dialects/responses/responses.ts';
import { readEngineEvent } from '../../../../src/gateway/engine-event.ts';
import { Fault } from '../../../../src/gateway/fault.ts';
import type { JsonObject } from '../../../../src/gateway/json.ts';

const model = { id: 'chat-model', roles: ['chat' as const], contextSize: 4096 };
const context = { model, requestedModel: 'gpt-x', id: '0b-1', now: 1_795_000_000 };

export const exchangeFor = (body: JsonObject) =>
  responses.translate({ model: 'gpt-x', input: 'Hello', ...body }, context);

/** What the engine is asked for a request with the fields of `body`. */
export const chatFor = (body: JsonObject): JsonObject => exchangeFor(body).body;

/** The messages of a conversation, as the engine gets them. */
export const messagesFor = (...input: JsonObject[]) => chatFor({ input }).messages;

/** The fault of a request with the fields of `body`. */
export function faultFor(body: JsonObject): Fault {
  try {
    exchangeFor(body);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('There was no fault.');
}

export const streamFor = (body: JsonObject = {}) => exchangeFor({ ...body, stream: true }).events();

/** What a client that streams gets for the engine's events, opening included, parsed. */
export function streamed(parts: readonly object[], body: JsonObject = {}) {
  const stream = streamFor(body);
  const opening = stream.opening();
  const texts = parts.map((part) => stream.next(readEngineEvent(JSON.stringify(part))));
  return eventsIn([opening, ...texts, stream.next('[DONE]')].join(''));
}

/** What a client that does not stream gets. */
export function whole(parts: readonly object[], body: JsonObject = {}) {
  const collector = exchangeFor(body).collector();
  for (const part of parts) collector.next(readEngineEvent(JSON.stringify(part)));
  collector.next('[DONE]');
  return collector.answer;
}

/** The events of a text of whole ones, whose names must be their types. */
export function eventsIn(text: string) {
  return text
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) => {
      const [, name, data = ''] = /^event: ([\w.]+)\ndata: (.*)$/.exec(block) ?? [];
      const parsed = JSON.parse(data);
      if (parsed.type !== name) throw new Error(`${name} is called ${parsed.type}`);
      return parsed;
    });
}

export const delta = (fields: JsonObject, finish_reason: string | null = null): JsonObject => ({
  choices: [{ index: 0, delta: fields, finish_reason }],
});

export const call = (index: number, fields: JsonObject) => delta({ tool_calls: [{ index, ...fields }] });

const usage = { prompt_tokens: 30, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 20 } };

/** The engine's last parts. */
export const ending = (reason: string) => [delta({}, reason), { choices: [], usage }];
