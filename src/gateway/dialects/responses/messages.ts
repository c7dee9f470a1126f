import { invalidParameter } from '../../fault.ts';
import { isJsonObject, type JsonObject } from '../../json.ts';
import { chatContent, joinedText } from './content.ts';
import { field, isGiven, nameOf, objectsOf, type Placed, stringOf } from './fields.ts';
import { customArguments, sentName } from './tools.ts';

/**
 * `instructions` and `input` as messages of a chat. What the model said and called between two other items is one
 * message there. Throws `invalid_parameter`.
 */
export function chatMessages(request: Placed<JsonObject>): JsonObject[] {
  const conversation = new Conversation();
  const instructions = field(request, 'instructions');
  if (isGiven(instructions)) conversation.add({ role: 'system', content: stringOf(instructions) });

  const input = field(request, 'input');
  if (typeof input.value === 'string') conversation.add({ role: 'user', content: input.value });
  else if (!Array.isArray(input.value)) throw invalidParameter(input.at, 'a string or an array of items');
  else for (const item of objectsOf(input)) addItem(conversation, item);

  const messages = conversation.end();
  if (messages.length === 0) throw invalidParameter(input.at, 'a conversation that is not empty');
  return messages;
}

/** What the model said and called in one go. */
interface Turn {
  readonly texts: string[];
  reasoning: string;
  readonly calls: JsonObject[];
}

const emptyTurn = (): Turn => ({ texts: [], reasoning: '', calls: [] });

class Conversation {
  readonly #messages: JsonObject[] = [];
  /** The model's, as far as it has come. */
  turn = emptyTurn();

  add(message: JsonObject): void {
    this.#endTurn();
    this.#messages.push(message);
  }

  end(): JsonObject[] {
    this.#endTurn();
    return this.#messages;
  }

  #endTurn(): void {
    const { texts, reasoning, calls } = this.turn;
    this.turn = emptyTurn();
    // Nothing but a thought is what is left of a turn that broke off.
    if (texts.length === 0 && calls.length === 0) return;
    this.#messages.push({
      role: 'assistant',
      content: texts.length > 0 ? texts.join('\n\n') : null,
      ...(reasoning !== '' && { reasoning_content: reasoning }),
      ...(calls.length > 0 && { tool_calls: calls }),
    });
  }
}

function addItem(conversation: Conversation, item: Placed<JsonObject>): void {
  const { turn } = conversation;
  const type = item.value.type ?? 'message';
  switch (type) {
    case 'message':
      addMessage(conversation, item);
      break;
    case 'reasoning':
      turn.reasoning += reasoningOf(item);
      break;
    case 'function_call':
      turn.calls.push(callOf(item, stringOf(field(item, 'arguments'))));
      break;
    case 'custom_tool_call':
      turn.calls.push(callOf(item, customArguments(stringOf(field(item, 'input')))));
      break;
    case 'local_shell_call':
      turn.calls.push(localShellCall(item));
      break;
    case 'function_call_output':
    case 'custom_tool_call_output':
    case 'local_shell_call_output':
      conversation.add(outputOf(item));
      break;
    case 'item_reference':
      throw invalidParameter(item.at, 'the item itself, since none is kept here to refer to');
    // Everything else comes from OpenAI's own tools, or is for its servers alone.
    default:
  }
}

function addMessage(conversation: Conversation, item: Placed<JsonObject>): void {
  const role = field(item, 'role');
  const content = chatContent(field(item, 'content'));
  if (role.value === 'assistant') {
    const said = joinedText(content, '');
    if (typeof said !== 'string') throw invalidParameter(`${item.at}.content`, "text, being the model's");
    if (said !== '') conversation.turn.texts.push(said);
    return;
  }
  if (role.value !== 'user' && role.value !== 'system' && role.value !== 'developer') {
    throw invalidParameter(role.at, '"user", "assistant", "system" or "developer"');
  }
  conversation.add({ role: role.value, content });
}

/** What was thought, in full or, failing that, in short. Agents send items back that hold neither. */
function reasoningOf({ value: { content, summary } }: Placed<JsonObject>): string {
  for (const parts of [content, summary]) {
    if (!Array.isArray(parts)) continue;
    const texts = parts.map((part) => (isJsonObject(part) && typeof part.text === 'string' ? part.text : ''));
    const text = texts.join('');
    if (text !== '') return text;
  }
  return '';
}

function callOf(item: Placed<JsonObject>, given: string): JsonObject {
  const name = sentName(nameOf(field(item, 'name')), item.value.namespace);
  return {
    id: stringOf(field(item, 'call_id')),
    type: 'function',
    function: { name, arguments: given },
  };
}

/** Older items of this kind have an `id` alone (codex-rs/protocol/src/models.rs, `LocalShellCall`). */
function localShellCall(item: Placed<JsonObject>): JsonObject {
  const id = stringOf(isGiven(field(item, 'call_id')) ? field(item, 'call_id') : field(item, 'id'));
  const given = JSON.stringify(item.value.action ?? {});
  return { id, type: 'function', function: { name: 'local_shell', arguments: given } };
}

function outputOf(item: Placed<JsonObject>): JsonObject {
  const id = isGiven(field(item, 'call_id')) ? field(item, 'call_id') : field(item, 'id');
  return {
    role: 'tool',
    tool_call_id: stringOf(id),
    content: joinedText(chatContent(field(item, 'output')), '\n'),
  };
}
