import { invalidParameter } from '../fault.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';

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

/**
 * The request with a tool that it names as the only one, and required: llama-server takes an object for `auto`
 * (llama.cpp v0.5.0, tools/server/server-common.cpp). Throws the fault of a tool that is not among them. Pure.
 */
export function withNamedTool(body: JsonObject): JsonObject {
  const { tool_choice: choice, tools } = body;
  if (!isJsonObject(choice)) return body;
  const name = isJsonObject(choice.function) ? choice.function.name : undefined;
  const named = Array.isArray(tools) ? tools.filter((tool) => nameOf(tool) === name) : [];
  if (name === undefined || named.length === 0)
    throw invalidParameter('tool_choice', 'a function of "tools"');
  return { ...body, tools: named, tool_choice: 'required' };
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

function nameOf(tool: JsonValue): JsonValue | undefined {
  return isJsonObject(tool) && isJsonObject(tool.function) ? tool.function.name : undefined;
}
