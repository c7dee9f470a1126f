import { invalidParameter } from '../fault.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import { event } from '../sse.ts';
import { messagesForTemplates } from './chat-messages.ts';
import { chatCollector } from './collect-chat.ts';
import type { Dialect } from './dialect.ts';
import { clientFields } from './engine-request.ts';
import { errorBody, openaiStream } from './openai.ts';
import { withToolChoice } from './tool-choice.ts';

/** `POST /v1/chat/completions`: the engine speaks it too. */
export const openaiChat: Dialect = {
  name: 'openai-chat',
  roleFor: () => 'chat',
  errorBody,
  translate(body, { requestedModel }) {
    if (!isMessages(body.messages)) throw invalidParameter('messages', 'a non-empty array of objects');
    return {
      path: '/v1/chat/completions',
      body: {
        ...clientFields(withToolChoice(body)),
        messages: messagesForTemplates(body.messages),
        stream_options: { include_usage: true },
      },
      stream: body.stream === true,
      events: () => openaiStream(renamed(requestedModel, wantsUsage(body))),
      collector: () => chatCollector(requestedModel),
    };
  },
};

/** A part as the client gets it; the one with the usage, which has no choice, only if it asked for it. */
function renamed(model: string, usageToo: boolean): (part: JsonObject) => string {
  return (part) => {
    const isUsage = Array.isArray(part.choices) && part.choices.length === 0;
    return isUsage && !usageToo ? '' : event(JSON.stringify({ ...part, model }));
  };
}

/** Whether the client asked for a last part with the usage. */
export function wantsUsage({ stream_options }: JsonObject): boolean {
  return isJsonObject(stream_options) && stream_options.include_usage === true;
}

function isMessages(value: JsonValue | undefined): value is JsonObject[] {
  return Array.isArray(value) && value.length > 0 && value.every(isJsonObject);
}
