import { invalidParameter } from '../fault.ts';
import { event } from '../sse.ts';
import { completionCollector } from './collect-completion.ts';
import type { Dialect } from './dialect.ts';
import { clientFields } from './engine-request.ts';
import { fillInMiddle } from './fill-in-middle.ts';
import { requireOnePrompt } from './one-prompt.ts';
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
    requireOnePrompt(body);
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
