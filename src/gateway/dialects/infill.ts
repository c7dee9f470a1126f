import { invalidParameter } from '../fault.ts';
import type { JsonObject } from '../json.ts';
import { event } from '../sse.ts';
import type { Dialect, EventTranslator } from './dialect.ts';
import { engineBody } from './engine-request.ts';
import { engineEvent, errorBody, errorEvent, heartbeat } from './openai.ts';

/** `POST /infill` as llama.vim and llama.vscode speak it: llama-server's own. */
export const infill: Dialect = {
  role: 'complete',
  errorBody,
  errorEvent,
  heartbeat,
  translate(body, context) {
    // The engine does not stop at a missing one: it goes on and fails with 500.
    for (const name of ['input_prefix', 'input_suffix'] as const) {
      if (typeof body[name] !== 'string') throw invalidParameter(name, 'a string');
    }
    if (body.prompt !== undefined && typeof body.prompt !== 'string') {
      throw invalidParameter('prompt', 'a string');
    }
    const { requestedModel } = context;
    const { response_fields, ...rest } = engineBody(body, context);
    // In a stream they could remove the field that marks its end.
    const sent = response_fields === undefined || rest.stream ? rest : { ...rest, response_fields };
    return {
      path: '/infill',
      body: sent,
      stream: sent.stream === true,
      answer: (answer) => renamed(answer, requestedModel),
      events: () => infillTranslator(requestedModel),
    };
  },
};

/** `model` only where the engine sent one: `response_fields` may have left it out. */
function renamed(answer: JsonObject, model: string): JsonObject {
  return answer.model === undefined ? answer : { ...answer, model };
}

function infillTranslator(model: string): EventTranslator {
  let finished = false;
  return {
    next(data) {
      const part = engineEvent(data);
      finished = finished || part.stop === true;
      return event(JSON.stringify(renamed(part, model)));
    },
    get finished() {
      return finished;
    },
  };
}
