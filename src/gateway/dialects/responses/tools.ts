import { invalidParameter } from '../../fault.ts';
import type { JsonObject, JsonValue } from '../../json.ts';
import { field, isGiven, nameOf, objectsOf, type Placed, stringOf } from './fields.ts';

/** How a client knows a tool: `custom` ones take a text instead of JSON, and either kind may be in a namespace. */
export interface Tool {
  readonly kind: 'function' | 'custom';
  readonly name: string;
  readonly namespace?: string;
}

/** The tools of a request, as functions of a chat completion. */
export interface Tools {
  /** `tools`, `tool_choice` and `parallel_tool_calls`; nothing where there are no tools. */
  readonly fields: JsonObject;
  /** What the model calls by the name `sent`. */
  called(sent: string): Tool;
}

interface Offered extends Tool {
  readonly sent: string;
  readonly definition: JsonObject;
}

/**
 * Functions as they are, custom tools as functions of one text, and what is in a namespace under a longer name (Codex
 * has its MCP tools there). Every other kind is OpenAI's own and runs in its servers: they are left out.
 * Throws `invalid_parameter`.
 */
export function toolsOf(request: Placed<JsonObject>): Tools {
  const given = field(request, 'tools');
  const offered = isGiven(given) ? objectsOf(given).flatMap((tool) => offer(tool)) : [];
  const bySentName = new Map(offered.map((tool) => [tool.sent, tool]));
  const { tools, choice } = chosen(offered, field(request, 'tool_choice'));
  const { parallel_tool_calls } = request.value;
  const fields = {
    tools: tools.map(({ definition }) => definition),
    tool_choice: choice,
    ...(typeof parallel_tool_calls === 'boolean' && { parallel_tool_calls }),
  };
  return {
    fields: tools.length > 0 ? fields : {},
    called: (sent) => bySentName.get(sent) ?? { kind: 'function', name: sent },
  };
}

/** The name under which the model knows a tool; namespaces may hold tools of the same name. */
export function sentName(name: string, namespace: JsonValue | undefined): string {
  return typeof namespace === 'string' && namespace !== '' ? `${namespace}__${name}` : name;
}

/** The arguments of a call to a function that stands for a custom tool. */
export function customArguments(input: string): string {
  return JSON.stringify({ input });
}

function offer(tool: Placed<JsonObject>, namespace?: string): Offered[] {
  const { type } = tool.value;
  if (type === 'namespace') {
    const name = nameOf(field(tool, 'name'));
    return objectsOf(field(tool, 'tools')).flatMap((inner) => offer(inner, name));
  }
  if (type !== 'function' && type !== 'custom') return [];
  const name = nameOf(field(tool, 'name'));
  const sent = sentName(name, namespace);
  const definition = {
    type: 'function',
    function: { name: sent, ...(type === 'function' ? functionOf(tool.value) : customFunction(tool.value)) },
  };
  return [{ kind: type, name, sent, definition, ...(namespace !== undefined && { namespace }) }];
}

function functionOf({ description, parameters, strict }: JsonObject): JsonObject {
  return {
    ...(typeof description === 'string' && { description }),
    parameters: parameters ?? { type: 'object', properties: {} },
    ...(typeof strict === 'boolean' && { strict }),
  };
}

function customFunction({ description, format }: JsonObject): JsonObject {
  const texts = [
    typeof description === 'string' ? description : '',
    'Pass the whole input as the string "input".',
    grammarText(format),
  ];
  return {
    description: texts.filter((text) => text !== '').join('\n\n'),
    parameters: {
      type: 'object',
      properties: { input: { type: 'string' } },
      required: ['input'],
      additionalProperties: false,
    },
  };
}

/** The engine cannot hold the model to a grammar within a string, so the model is told of it. */
function grammarText(format: JsonValue | undefined): string {
  if (typeof format !== 'object' || format === null || Array.isArray(format)) return '';
  const { syntax, definition } = format;
  if (typeof syntax !== 'string' || typeof definition !== 'string') return '';
  return `It follows this ${syntax} grammar:\n${definition}`;
}

interface Chosen {
  readonly tools: readonly Offered[];
  readonly choice: string;
}

/** llama-server takes a choice by name for `auto`: so the one tool is sent alone, and required. */
function chosen(offered: readonly Offered[], choice: Placed): Chosen {
  const { value } = choice;
  if (!isGiven(choice)) return { tools: offered, choice: 'auto' };
  if (value === 'none' || value === 'auto' || value === 'required') return { tools: offered, choice: value };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidParameter(choice.at, '"none", "auto", "required" or an object');
  }
  const object = { value, at: choice.at };
  if (value.type === 'function' || value.type === 'custom') {
    return { tools: [named(offered, object)], choice: 'required' };
  }
  if (value.type === 'allowed_tools') {
    const allowed = objectsOf(field(object, 'tools')).filter(
      ({ value: { type } }) => type === 'function' || type === 'custom',
    );
    const mode = value.mode === 'required' ? 'required' : 'auto';
    return { tools: allowed.map((tool) => named(offered, tool)), choice: mode };
  }
  // A tool of OpenAI's, which has been left out.
  return { tools: offered, choice: 'auto' };
}

function named(offered: readonly Offered[], wanted: Placed<JsonObject>): Offered {
  const place = field(wanted, 'name');
  const sent = sentName(stringOf(place), wanted.value.namespace);
  const tool = offered.find((candidate) => candidate.sent === sent);
  if (!tool) throw invalidParameter(place.at, 'the name of one of the tools');
  return tool;
}
