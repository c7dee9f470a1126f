import { invalidParameter } from '../../fault.ts';
import type { JsonObject } from '../../json.ts';
import type { MessagesRequest, Tool, ToolChoice } from './request.ts';

/**
 * OpenAI's fields for a request's tools and its choice among them. Tools of Anthropic's servers are left out: nobody
 * would run them here. Throws `invalid_parameter` for a tool without a schema and for a choice that there is not.
 */
export function chatTools({ tools, tool_choice: choice }: MessagesRequest): JsonObject {
  const given = tools ?? [];
  const functions = given.filter((tool, index) => isOwn(tool, index)).map(functionOf);
  if (choice?.type === 'tool' && !given.some(({ name }) => name === choice.name)) {
    throw invalidParameter('tool_choice.name', 'the name of one of "tools"');
  }
  if (functions.length === 0) return {};
  return { ...chosen(functions, choice), ...parallelism(choice) };
}

/** Whether the client runs the tool itself and says how it is called. */
function isOwn({ type, input_schema }: Tool, index: number): boolean {
  if (input_schema) return true;
  if (type === undefined || type === null || type === 'custom') {
    throw invalidParameter(`tools[${index}].input_schema`, 'an object');
  }
  return false;
}

interface ChatFunction {
  readonly name: string;
  readonly tool: JsonObject;
}

function functionOf({ name, description, input_schema: parameters = {} }: Tool): ChatFunction {
  return {
    name,
    tool: { type: 'function', function: { name, ...(description && { description }), parameters } },
  };
}

/** llama-server reads a named choice as `auto`: the one tool alone, and one required, is the same. */
function chosen(functions: readonly ChatFunction[], choice: ToolChoice | null | undefined): JsonObject {
  if (choice?.type === 'tool') {
    const named = functions.filter(({ name }) => name === choice.name);
    return named.length > 0 ? { tools: named.map(({ tool }) => tool), tool_choice: 'required' } : {};
  }
  const tools = functions.map(({ tool }) => tool);
  if (!choice) return { tools };
  return { tools, tool_choice: choice.type === 'any' ? 'required' : choice.type };
}

function parallelism(choice: ToolChoice | null | undefined): JsonObject {
  const disabled = choice?.disable_parallel_tool_use;
  return typeof disabled === 'boolean' ? { parallel_tool_calls: !disabled } : {};
}
