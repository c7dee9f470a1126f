import { invalidParameter } from '../fault.ts';
import type { JsonValue } from '../json.ts';
import { event } from '../sse.ts';
import { completionCollector } from './collect-completion.ts';
import type { Dialect } from './dialect.ts';
import { clientFields } from './engine-request.ts';
import { fillInMiddle } from './fill-in-middle.ts';
import { errorBody, openaiStream } from './openai.ts';

/** `POST /v1/completions`. With a `suffix` it becomes `/infill`: llama-server ignores `suffix` silently. */
export const openaiCompletions: Dialect = {
  name: 'openai-completions',
  roleFor: () => 'complete',
  errorBody,
  translate({ suffix, ...body }, context) {
    const { prompt } = body;
    if (suffix !== undefined && suffix !== null && typeof suffix !== 'string') {
      throw invalidParameter('suffix', 'a string');
    }
    if (suffix) {
      if (typeof prompt !== 'string') throw invalidParameter('prompt', 'a string when there is a suffix');
      return fillInMiddle(prompt, suffix, body, context);
    }
    if (!isPrompt(prompt))
      throw invalidParameter('prompt', 'a string, or an array with one of them or of tokens');
    const { requestedModel } = context;
    return {
      path: '/v1/completions',
      body: clientFields(body),
      stream: body.stream === true,
      events: () => openaiStream((part) => event(JSON.stringify({ ...part, model: requestedModel }))),
      collector: () => completionCollector(requestedModel),
    };
  },
};

/** One prompt only, for the reason `n` is 1: several would take the slots of other clients. */
function isPrompt(value: JsonValue | undefined): boolean {
  if (typeof value === 'string') return true;
  if (!Array.isArray(value) || value.length === 0) return false;
  return (value.length === 1 && typeof value[0] === 'string') || value.every(Number.isInteger);
}
