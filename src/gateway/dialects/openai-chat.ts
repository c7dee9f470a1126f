import { invalidParameter } from '../fault.ts';
import { isJsonObject, type JsonValue } from '../json.ts';
import { chatCollector } from './collect-chat.ts';
import type { Dialect } from './dialect.ts';
import { engineBody } from './engine-request.ts';
import { errorBody, errorEvent, heartbeat, renamingTranslator } from './openai.ts';

/** `POST /v1/chat/completions`: the engine speaks it too. */
export const openaiChat: Dialect = {
  role: 'chat',
  errorBody,
  errorEvent,
  heartbeat,
  translate(body, context) {
    if (!isMessages(body.messages)) throw invalidParameter('messages', 'a non-empty array of objects');
    const { requestedModel } = context;
    const stream = body.stream === true;
    const sent = engineBody(body, context);
    return {
      path: '/v1/chat/completions',
      body: stream ? sent : { ...sent, stream_options: { include_usage: true } },
      stream,
      events: () => renamingTranslator(requestedModel),
      collector: () => chatCollector(requestedModel),
    };
  },
};

function isMessages(value: JsonValue | undefined): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isJsonObject);
}
