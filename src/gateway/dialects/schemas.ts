import { invalidParameter } from '../fault.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { isHarmless } from './patterns.ts';

/** Characters of one schema as JSON. */
const largest = 64 * 1024;

/** Levels of nesting of one schema, what is around it included. */
const deepest = 64;

/** Tools of a request; editors offer some hundred. */
const mostTools = 512;

/**
 * The fields of `body` that hold JSON schemas, which the engine makes grammars of: for each, what it may be sent. Every
 * "pattern" in them that would cost too much is left out, wherever it is, since a reference may lead anywhere; the
 * client then gets any text there. Throws `invalid_parameter` for schemas that are too large.
 */
export function boundedSchemas({ tools, response_format, json_schema }: JsonObject): JsonObject {
  return {
    ...(response_format !== undefined && { response_format: bounded(response_format, 'response_format') }),
    ...(json_schema !== undefined && { json_schema: bounded(json_schema, 'json_schema') }),
    ...(tools !== undefined && { tools: boundedTools(tools) }),
  };
}

function boundedTools(tools: JsonValue): JsonValue {
  if (!Array.isArray(tools)) return tools;
  if (tools.length > mostTools) throw invalidParameter('tools', `at most ${mostTools} tools`);
  return tools.map((tool, index) => bounded(tool, `tools[${index}]`));
}

function bounded(schema: JsonValue, parameter: string): JsonValue {
  const tooLarge = invalidParameter(
    parameter,
    `at most ${largest / 1024} KiB, and at most ${deepest} levels deep`,
  );
  if (JSON.stringify(schema).length > largest) throw tooLarge;
  const without = (value: JsonValue, levels: number): JsonValue => {
    if (typeof value !== 'object' || value === null) return value;
    if (levels === 0) throw tooLarge;
    if (Array.isArray(value)) return value.map((one) => without(one, levels - 1));
    const kept = Object.entries(value).filter((entry) => !isHarmful(entry));
    return Object.fromEntries(kept.map(([name, one]) => [name, without(one, levels - 1)]));
  };
  return without(schema, deepest);
}

function isHarmful([name, value]: [string, JsonValue]): boolean {
  return name === 'pattern' && typeof value === 'string' && !isHarmless(value);
}
