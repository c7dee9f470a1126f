import { isJsonObject, type JsonObject, parseJson } from '../../json.ts';
import type { Tool } from './tools.ts';

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

/** An event about an item, without the item's place and its own number. */
export type ItemEvent = JsonObject & { readonly type: string };

/** An item of the answer while it comes in: what is said of it, and what it is. */
export interface GrowingItem {
  /** As it is so far. */
  json(status: ItemStatus): JsonObject;
  /** After it was added. */
  opened(): ItemEvent[];
  add(delta: string): ItemEvent[];
  /** When it is complete, before it is done. */
  closed(): ItemEvent[];
}

/** What the model says. */
export function messageItem(id: string): GrowingItem {
  let text = '';
  const part = () => ({ type: 'output_text', text, annotations: [], logprobs: [] });
  return {
    json: (status) => ({ id, type: 'message', status, role: 'assistant', content: text ? [part()] : [] }),
    opened: () => [{ type: 'response.content_part.added', content_index: 0, part: part() }],
    add(delta) {
      text += delta;
      return [{ type: 'response.output_text.delta', content_index: 0, delta, logprobs: [] }];
    },
    closed: () => [
      { type: 'response.output_text.done', content_index: 0, text, logprobs: [] },
      { type: 'response.content_part.done', content_index: 0, part: part() },
    ],
  };
}

/**
 * What the model thinks, as a summary although it is the whole: Codex and VS Code show summaries, and reasoning's
 * text only if told to.
 */
export function reasoningItem(id: string): GrowingItem {
  let text = '';
  const part = () => ({ type: 'summary_text', text });
  return {
    json: (status) => ({ id, type: 'reasoning', status, summary: text ? [part()] : [] }),
    opened: () => [{ type: 'response.reasoning_summary_part.added', summary_index: 0, part: part() }],
    add(delta) {
      text += delta;
      return [{ type: 'response.reasoning_summary_text.delta', summary_index: 0, delta }];
    },
    closed: () => [
      { type: 'response.reasoning_summary_text.done', summary_index: 0, text },
      { type: 'response.reasoning_summary_part.done', summary_index: 0, part: part() },
    ],
  };
}

/** A call of `tool`. @param callId what its output will name it by */
export function callItem(id: string, callId: string, tool: Tool): GrowingItem {
  const { name, namespace } = tool;
  const named = { call_id: callId, name, ...(namespace !== undefined && { namespace }) };
  return tool.kind === 'custom' ? customCallItem(id, named) : functionCallItem(id, name, named);
}

function functionCallItem(id: string, name: string, named: JsonObject): GrowingItem {
  let given = '';
  return {
    json: (status) => ({ id, type: 'function_call', status, ...named, arguments: given }),
    opened: () => [],
    add(delta) {
      given += delta;
      return delta === '' ? [] : [{ type: 'response.function_call_arguments.delta', delta }];
    },
    closed: () => [{ type: 'response.function_call_arguments.done', name, arguments: given }],
  };
}

/** Its input comes as JSON (see tools.ts), so that it is known only when all of it has come. */
function customCallItem(id: string, named: JsonObject): GrowingItem {
  let given = '';
  let input = '';
  return {
    json: (status) => ({ id, type: 'custom_tool_call', status, ...named, input }),
    opened: () => [],
    add(delta) {
      given += delta;
      return [];
    },
    closed() {
      input = customInput(given);
      return [
        { type: 'response.custom_tool_call_input.delta', delta: input },
        { type: 'response.custom_tool_call_input.done', input },
      ];
    },
  };
}

/** What the model passed; all it said where that is not as asked for, for the tool to judge. */
function customInput(given: string): string {
  try {
    const value = parseJson(given);
    if (isJsonObject(value) && typeof value.input === 'string') return value.input;
  } catch {
    // Cut off, or a text as it is.
  }
  return given;
}
