import { isJsonObject, type JsonObject, type JsonValue, parseJson } from '../json.ts';

/**
 * Messages as strict chat templates want them (llama.cpp#27367, #20733): one system message, and that at the front.
 * Those at the front are put together; a later one becomes the user's, where it stands, so that what came before it
 * stays the same text and its cache is found again. Pure.
 */
export function withOneSystemMessage(messages: readonly JsonValue[]): JsonValue[] {
  const first = messages.findIndex((message) => !isSystem(message));
  const front = first < 0 ? messages : messages.slice(0, first);
  const rest = first < 0 ? [] : messages.slice(first);
  const content = front.map(textOf).join('\n\n');
  return [...(front.length > 0 ? [{ role: 'system', content }] : []), ...rest.map(demoted)];
}

/** Messages as chat templates can show them: see `withOneSystemMessage` and `withSoundCalls`. Pure. */
export function messagesForTemplates(messages: readonly JsonValue[]): JsonValue[] {
  return withOneSystemMessage(messages).map(withSoundCalls);
}

/**
 * A message whose calls have arguments that are JSON objects, none where they are not: those of an answer that was cut
 * off are no JSON, and the engine refuses the conversation for ever after.
 */
function withSoundCalls(message: JsonValue): JsonValue {
  if (!isJsonObject(message) || !Array.isArray(message.tool_calls)) return message;
  return { ...message, tool_calls: message.tool_calls.map(withSoundArguments) };
}

function withSoundArguments(call: JsonValue): JsonValue {
  if (!isJsonObject(call) || !isJsonObject(call.function)) return call;
  const given = call.function.arguments;
  const isSound = typeof given === 'string' && isJsonObject(parsed(given));
  const sound = isSound ? given : JSON.stringify(isJsonObject(given) ? given : {});
  return { ...call, function: { ...call.function, arguments: sound } };
}

function parsed(text: string): JsonValue | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function isSystem(message: JsonValue): message is JsonObject {
  return isJsonObject(message) && (message.role === 'system' || message.role === 'developer');
}

function demoted(message: JsonValue): JsonValue {
  return isSystem(message) ? { ...message, role: 'user' } : message;
}

/** The text of a message, whose content may be a list of parts. */
function textOf(message: JsonValue): string {
  const content = isJsonObject(message) ? message.content : undefined;
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part) => (isJsonObject(part) && typeof part.text === 'string' ? part.text : ''))
    .join('');
}
