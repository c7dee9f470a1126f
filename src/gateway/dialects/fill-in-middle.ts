import { done } from '../engine-event.ts';
import type { JsonObject } from '../json.ts';
import { event } from '../sse.ts';
import { infillCollector } from './collect-infill.ts';
import type { AnswerCollector, ClientStream, DialectContext, Exchange } from './dialect.ts';
import { clientFields } from './engine-request.ts';
import { finishReason, usageOf } from './infill-ending.ts';
import { openaiStream } from './openai.ts';
import { wantsUsage } from './openai-chat.ts';

/** A completion with a suffix: the engine's `/infill` there, OpenAI's `text_completion` back. */
export function fillInMiddle(
  prefix: string,
  suffix: string,
  body: JsonObject,
  context: DialectContext,
): Exchange {
  const { prompt: _, stream_options: __, ...sent } = clientFields(body);
  return {
    path: '/infill',
    body: { ...sent, input_prefix: prefix, input_suffix: suffix },
    stream: body.stream === true,
    events: () => infillStream(context, wantsUsage(body)),
    collector: () => completionFromInfill(context),
  };
}

function completionFromInfill(context: DialectContext): AnswerCollector {
  const parts = infillCollector();
  return {
    next: parts.next,
    get answer() {
      return parts.answer && { ...completion(parts.answer, context), usage: usageOf(parts.answer) };
    },
  };
}

function infillStream(context: DialectContext, includeUsage: boolean): ClientStream {
  const isLast = ({ stop }: JsonObject) => stop === true;
  return openaiStream((part) => {
    const chunk = event(JSON.stringify(completion(part, context)));
    if (!isLast(part)) return chunk;
    const usageChunk = { ...completion(part, context), choices: [], usage: usageOf(part) };
    return chunk + (includeUsage ? event(JSON.stringify(usageChunk)) : '') + event(done);
  }, isLast);
}

/** From the engine's answer or a part of one (llama.cpp v0.5.0, `to_json_non_oaicompat`). */
function completion(infill: JsonObject, { id, now, requestedModel }: DialectContext): JsonObject {
  const choice = {
    index: 0,
    text: infill.content ?? '',
    logprobs: null,
    finish_reason: finishReason(infill),
  };
  return {
    id: `cmpl-${id}`,
    object: 'text_completion',
    created: now,
    model: requestedModel,
    choices: [choice],
  };
}
