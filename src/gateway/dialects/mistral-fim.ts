import { done } from '../engine-event.ts';
import { invalidParameter } from '../fault.ts';
import type { JsonObject } from '../json.ts';
import { event } from '../sse.ts';
import { infillCollector } from './collect-infill.ts';
import type { AnswerCollector, ClientStream, Dialect, DialectContext } from './dialect.ts';
import { clientFields } from './engine-request.ts';
import { finishReason, usageOf } from './infill-ending.ts';
import { errorBody, openaiStream } from './openai.ts';

/**
 * `POST /v1/fim/completions` (https://docs.mistral.ai/api, "FIM"). Mistral answers in the form of a chat; some clients
 * read it as a plain completion, so that the text stands in both places.
 */
export const mistralFim: Dialect = {
  name: 'mistral-fim',
  roleFor: () => 'complete',
  errorBody,
  translate(body, context) {
    const { prompt, suffix, random_seed, min_tokens: _, stream_options: __, ...rest } = clientFields(body);
    if (typeof prompt !== 'string') throw invalidParameter('prompt', 'a string');
    if (suffix !== undefined && suffix !== null && typeof suffix !== 'string') {
      throw invalidParameter('suffix', 'a string');
    }
    const seed = typeof random_seed === 'number' ? { seed: random_seed } : {};
    return {
      path: '/infill',
      body: { ...rest, ...seed, input_prefix: prompt, input_suffix: suffix ?? '' },
      stream: body.stream === true,
      events: () => fimStream(context),
      collector: () => fimCollector(context),
    };
  },
};

function fimCollector(context: DialectContext): AnswerCollector {
  const parts = infillCollector();
  return {
    next: parts.next,
    get answer() {
      return parts.answer && { ...answerOf('message', parts.answer, context), usage: usageOf(parts.answer) };
    },
  };
}

function fimStream(context: DialectContext): ClientStream {
  return openaiStream(
    (part) => {
      const chunk = answerOf('delta', part, context);
      if (part.stop !== true) return event(JSON.stringify(chunk));
      return event(JSON.stringify({ ...chunk, usage: usageOf(part) })) + event(done);
    },
    ({ stop }) => stop === true,
  );
}

/** From the engine's answer or a part of one (llama.cpp v0.5.0, `to_json_non_oaicompat`). */
function answerOf(
  place: 'message' | 'delta',
  part: JsonObject,
  { id, now, requestedModel }: DialectContext,
): JsonObject {
  const text = part.content ?? '';
  const choice = {
    index: 0,
    text,
    [place]: { role: 'assistant', content: text },
    finish_reason: finishReason(part),
  };
  const object = place === 'delta' ? 'chat.completion.chunk' : 'chat.completion';
  return { id: `fim-${id}`, object, created: now, model: requestedModel, choices: [choice] };
}
