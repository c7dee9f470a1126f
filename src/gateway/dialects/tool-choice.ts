import { invalidParameter } from '../fault.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';

/**
 * The request with its choice among the tools in words: llama-server takes an object for `auto` (llama.cpp v0.5.0,
 * tools/server/server-common.cpp). A tool that is named is the only one and required; those that are allowed are the
 * only ones. A choice of another kind is `auto`. Throws the fault of a tool that is not among them. Pure.
 */
export function withToolChoice(body: JsonObject): JsonObject {
  const { tool_choice: choice } = body;
  if (!isJsonObject(choice)) return body;
  const { type } = choice;
  if (type === 'none' || type === 'auto' || type === 'required') return { ...body, tool_choice: type };
  if (type === 'any') return { ...body, tool_choice: 'required' };
  if (type === 'allowed_tools') {
    // Chat completions have them one level deeper than Responses.
    const { tools: allowed, mode } = isJsonObject(choice.allowed_tools) ? choice.allowed_tools : choice;
    const names = Array.isArray(allowed) ? allowed.map(nameOf) : [];
    return { ...body, tools: called(names, body), tool_choice: mode === 'required' ? mode : 'auto' };
  }
  const name = nameOf(choice);
  if (name === undefined && type !== 'function') return { ...body, tool_choice: 'auto' };
  return { ...body, tools: called([name], body), tool_choice: 'required' };
}

/** The tools of those names, of which there must be one. */
function called(names: readonly (JsonValue | undefined)[], { tools }: JsonObject): JsonValue[] {
  const found = Array.isArray(tools) ? tools.filter((tool) => isAmong(names, nameOf(tool))) : [];
  if (found.length === 0) throw invalidParameter('tool_choice', 'a function of "tools"');
  return found;
}

function isAmong(names: readonly (JsonValue | undefined)[], name: JsonValue | undefined): boolean {
  return name !== undefined && names.includes(name);
}

/** Of a function or what refers to one; some clients leave out the object around the name. */
function nameOf(tool: JsonValue): JsonValue | undefined {
  if (!isJsonObject(tool)) return undefined;
  return isJsonObject(tool.function) ? tool.function.name : tool.name;
}
