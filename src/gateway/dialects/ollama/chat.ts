import { invalidParameter } from '../../fault.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../json.ts';
import { messagesForTemplates } from '../chat-messages.ts';
import type { Dialect } from '../dialect.ts';
import { chatShape, ollamaExchange } from './answer.ts';
import { errorBody } from './errors.ts';
import { chatMessages } from './messages.ts';
import { samplingFrom, schemaFrom, thinkingFrom } from './options.ts';
import { preparation } from './preparation.ts';
import { chatReader } from './read-answer.ts';

/** `POST /api/chat` (https://github.com/ollama/ollama/blob/main/docs/api.md). Without messages it loads the model. */
export const ollamaChat: Dialect = {
  name: 'ollama',
  roleFor: () => 'chat',
  errorBody,
  translate(body, context) {
    const messages = body.messages ?? [];
    if (!isMessages(messages)) throw invalidParameter('messages', 'an array of objects');
    if (messages.length === 0) return preparation(body, context, chatShape);
    const sent = {
      messages: messagesForTemplates(chatMessages(messages)),
      ...toolsFrom(body),
      ...chatFields(body),
    };
    return ollamaExchange(body, context, {
      path: '/v1/chat/completions',
      sent,
      reader: chatReader,
      shape: chatShape,
    });
  },
};

/** What a chat is asked beside its messages. */
export function chatFields(body: JsonObject): JsonObject {
  const schema = schemaFrom(body);
  return {
    ...samplingFrom(body),
    ...thinkingFrom(body),
    ...(schema && { response_format: responseFormat(body.format, schema) }),
    stream_options: { include_usage: true },
  };
}

function responseFormat(format: JsonValue | undefined, schema: JsonObject): JsonObject {
  if (format === 'json') return { type: 'json_object' };
  return { type: 'json_schema', json_schema: { name: 'answer', schema } };
}

/** They have OpenAI's form. */
function toolsFrom({ tools }: JsonObject): JsonObject {
  if (tools === undefined || tools === null) return {};
  if (!isMessages(tools)) throw invalidParameter('tools', 'an array of objects');
  return tools.length > 0 ? { tools } : {};
}

function isMessages(value: JsonValue): value is JsonObject[] {
  return Array.isArray(value) && value.every(isJsonObject);
}
