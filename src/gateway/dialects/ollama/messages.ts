import { fault, invalidParameter } from '../../fault.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../json.ts';

/** A call that the conversation has, until its result is met. */
interface OpenCall {
  readonly id: string;
  readonly name: JsonValue | undefined;
}

/**
 * OpenAI's messages for Ollama's. Ollama's tool calls have no ids, or ids that the results do not repeat: each result
 * belongs to the first open call of its tool. Throws the fault of a message that is wrong.
 */
export function chatMessages(messages: readonly JsonObject[]): JsonObject[] {
  const open: OpenCall[] = [];
  return messages.map((message, index) => {
    const place = `messages[${index}]`;
    requireNoImages(message.images);
    const content = contentOf(message.content, `${place}.content`);
    if (typeof message.role !== 'string') throw invalidParameter(`${place}.role`, 'a string');
    if (message.role === 'tool') return { role: 'tool', content, tool_call_id: answered(open, message) };
    const calls = callsOf(message.tool_calls, index, place);
    open.push(...calls.map(({ id, name }) => ({ id, name })));
    return {
      role: message.role,
      content,
      ...(typeof message.thinking === 'string' && { reasoning_content: message.thinking }),
      ...(calls.length > 0 && { tool_calls: calls.map(asOpenai) }),
    };
  });
}

/** Throws the fault of a request with pictures: no model here can see any. */
export function requireNoImages(images: JsonValue | undefined): void {
  if (!Array.isArray(images) || images.length === 0) return;
  throw fault('not_supported', { message: 'it reads text, not images' });
}

function contentOf(content: JsonValue | undefined, place: string): string {
  if (content === undefined || content === null) return '';
  if (typeof content !== 'string') throw invalidParameter(place, 'a string');
  return content;
}

interface Call {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

function callsOf(calls: JsonValue | undefined, message: number, place: string): Call[] {
  if (!Array.isArray(calls)) return [];
  return calls.map((call, index) => {
    const { id, function: called } = isJsonObject(call) ? call : {};
    if (!isJsonObject(called) || typeof called.name !== 'string') {
      throw invalidParameter(
        `${place}.tool_calls[${index}]`,
        'an object with a "function" that has a "name"',
      );
    }
    return {
      id: typeof id === 'string' && id !== '' ? id : `call_${message}_${index}`,
      name: called.name,
      arguments: argumentsOf(called.arguments ?? {}),
    };
  });
}

function argumentsOf(given: JsonValue): string {
  if (typeof given === 'string') return given;
  try {
    return JSON.stringify(given);
  } catch {
    // Nested too deeply.
    throw fault('invalid_body', {});
  }
}

function asOpenai({ id, ...called }: Call): JsonObject {
  return { id, type: 'function', function: called };
}

/** The id of the call whose result `message` is; the call is open no more. */
function answered(
  open: OpenCall[],
  { tool_call_id, tool_name, name = tool_name ?? null }: JsonObject,
): string {
  const byId = open.findIndex(({ id }) => id === tool_call_id);
  const byName = open.findIndex((call) => call.name === name);
  const place = [byId, byName, 0].find((found) => found >= 0) ?? 0;
  const [call] = open.splice(place, 1);
  return call?.id ?? (typeof tool_call_id === 'string' ? tool_call_id : 'call');
}
