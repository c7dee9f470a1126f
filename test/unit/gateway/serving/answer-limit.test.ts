import { describe, expect, it } from 'vitest';
import type { EnginePath } from '../../../../src/gateway/destinations/destination.ts';
import type { JsonObject } from '../../../../src/gateway/json.ts';
import { type AnswerRoom, withAnswerLimit } from '../../../../src/gateway/serving/answer-limit.ts';

function limited(path: EnginePath, body: JsonObject, room: Partial<AnswerRoom> = {}): JsonObject {
  const exchange = { path, body, stream: false, events: never, collector: never };
  return withAnswerLimit(exchange, { contextSize: 32_768, prompt: undefined, most: undefined, ...room });
}

function never(): never {
  throw new Error('Nobody asked for an answer.');
}

const chat = '/v1/chat/completions';

describe('the limit of an answer', () => {
  it.each<[EnginePath, JsonObject]>([
    [chat, { max_tokens: 8192 }],
    ['/v1/completions', { max_tokens: 512 }],
    ['/infill', { n_predict: 512 }],
    ['/completion', { n_predict: 512 }],
  ])(
    'is the usual one of %s where the client names none, by the name that the path has for it',
    (path, sent) => {
      expect(limited(path, {})).toEqual(sent);
      expect(limited(path, { max_tokens: null, n_predict: -1 })).toEqual(sent);
    },
  );

  it.each<JsonObject>([
    { max_tokens: 20 },
    { max_completion_tokens: 20 },
    { n_predict: 20 },
    { max_tokens: 30, max_completion_tokens: 20 },
    { max_tokens: 20, n_predict: -1 },
  ])('is the smallest that the client names (%j)', (body) => {
    expect(limited(chat, { seed: 1, ...body })).toEqual({ seed: 1, max_tokens: 20 });
  });

  it('may be nothing, by which a client has its prompt read alone', () => {
    expect(limited('/infill', { n_predict: 0 })).toEqual({ n_predict: 0 });
  });

  it('is never above what the admin allows', () => {
    expect(limited(chat, { max_tokens: 9000 }, { most: 1000 })).toEqual({ max_tokens: 1000 });
    expect(limited(chat, {}, { most: 1000 })).toEqual({ max_tokens: 1000 });
    expect(limited(chat, { max_tokens: 10 }, { most: 1000 })).toEqual({ max_tokens: 10 });
  });

  it('is never above what the prompt leaves of the context, and leaves room for one token', () => {
    expect(limited(chat, { max_tokens: 9000 }, { contextSize: 4096, prompt: 4000 })).toEqual({
      max_tokens: 96,
    });
    expect(limited(chat, {}, { contextSize: 4096, prompt: 5000 })).toEqual({ max_tokens: 1 });
    expect(limited(chat, {}, { contextSize: 4096 })).toEqual({ max_tokens: 4096 });
  });

  it('that is no number is left to the engine, which refuses it', () => {
    const body = { max_tokens: 'many', n_predict: 3 };
    expect(limited(chat, body)).toEqual(body);
  });
});
