import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import { choiceCollector } from './collect-choice.ts';
import type { AnswerCollector } from './dialect.ts';

/** Puts `chat.completion.chunk`s together to the `chat.completion` that they are parts of. */
export function chatCollector(model: string): AnswerCollector {
  const message: Message = { content: '', reasoning: '', toolCalls: new Map() };
  return choiceCollector(
    ({ delta }) => {
      if (isJsonObject(delta)) addDelta(message, delta);
    },
    ({ head, logprobs, finishReason }) => {
      const choice = { index: 0, message: asJson(message), logprobs, finish_reason: finishReason };
      return { ...head, object: 'chat.completion', model, choices: [choice] };
    },
  );
}

interface ToolCall {
  id: string;
  name: string;
  arguments: string;
}

interface Message {
  content: string;
  reasoning: string;
  /** By their `index`, which a foreign server may choose as it likes. */
  readonly toolCalls: Map<number, ToolCall>;
}

function addDelta(message: Message, delta: JsonObject): void {
  message.content += textOf(delta.content);
  message.reasoning += textOf(delta.reasoning_content);
  for (const part of Array.isArray(delta.tool_calls) ? delta.tool_calls : []) {
    if (!isJsonObject(part)) continue;
    const index = typeof part.index === 'number' ? part.index : 0;
    const call = message.toolCalls.get(index) ?? { id: '', name: '', arguments: '' };
    message.toolCalls.set(index, call);
    const of = isJsonObject(part.function) ? part.function : {};
    call.id += textOf(part.id);
    call.name += textOf(of.name);
    call.arguments += textOf(of.arguments);
  }
}

function asJson({ content, reasoning, toolCalls }: Message): JsonObject {
  const inOrder = [...toolCalls].toSorted(([one], [other]) => one - other);
  const calls = inOrder.map(([, { id, name, arguments: given }]) => ({
    id,
    type: 'function',
    function: { name, arguments: given },
  }));
  return {
    role: 'assistant',
    // OpenAI's way: null beside calls, a text otherwise, if only an empty one.
    content: content === '' && calls.length > 0 ? null : content,
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
