import { anthropicMessages } from '../../../../src/gateway/dialects/anthropic/messages.ts';
import { readEngineEvent } from '../../../../src/gateway/engine-event.ts';
import { Fault } from '../../../../src/gateway/fault.ts';
import type { JsonObject } from '../../../../src/gateway/json.ts';

const model = { id: 'chat-model', roles: ['chat' as const], contextSize: 4096 };
const context = { model, requestedModel: 'claude-x', id: '0b-1', now: 0 };

export const hello = [{ role: 'user', content: 'Hello' }];

export const exchangeFor = (body: JsonObject) =>
  anthropicMessages.translate({ model: 'claude-x', messages: hello, ...body }, context);

/** What the engine is asked for a request with the fields of `body`. */
export const chatFor = (body: JsonObject): JsonObject => exchangeFor(body).body;

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

/** What a client that streams gets for the engine's events, opening included, parsed. */
export function streamed(parts: readonly object[], body: JsonObject = {}) {
  const stream = exchangeFor({ ...body, stream: true }).events();
  const texts = parts.map((part) => stream.next(readEngineEvent(JSON.stringify(part))));
  return eventsIn([stream.opening(), ...texts, stream.next('[DONE]')].join(''));
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
      const [, name, data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
      const parsed = JSON.parse(data);
      if (parsed.type !== name) throw new Error(`${name} is called ${parsed.type}`);
      return parsed;
    });
}

export const delta = (fields: object, finish_reason: string | null = null) => ({
  choices: [{ index: 0, delta: fields, finish_reason }],
});

export const call = (index: number, fields: object) => delta({ tool_calls: [{ index, ...fields }] });

export const usage = {
  prompt_tokens: 30,
  completion_tokens: 7,
  prompt_tokens_details: { cached_tokens: 20 },
};

/** The engine's last parts. */
export const ending = (reason: string) => [delta({}, reason), { choices: [], usage }];
