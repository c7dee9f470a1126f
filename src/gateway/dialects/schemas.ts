import { invalidParameter } from '../fault.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import { isHarmless } from './patterns.ts';
import { isAmbiguous } from './schema-readings.ts';

/** Characters of one schema as JSON. */
const largest = 64 * 1024;

/** Levels of nesting of one schema, what is around it included. */
const deepest = 64;

/** Tools of a request; editors offer some hundred. */
const mostTools = 512;

/**
 * The fields of `body` that hold JSON schemas, which the engine makes grammars of: for each, what it may be sent. What
 * in them would cost too much is left out, and the client gets any text or value there: patterns, wherever they are,
 * since a reference may lead anywhere, and alternatives that multiply.
 * Throws `invalid_parameter` for schemas that are too large.
 */
export function boundedSchemas({ tools, response_format, json_schema }: JsonObject): JsonObject {
  return {
    ...(response_format !== undefined && { response_format: boundedFormat(response_format) }),
    ...(json_schema !== undefined && { json_schema: readable(bounded(json_schema, 'json_schema')) }),
    ...(tools !== undefined && { tools: boundedTools(tools) }),
  };
}

function boundedFormat(format: JsonValue): JsonValue {
  const parameter = 'response_format';
  return within(within(bounded(format, parameter), 'json_schema', 'schema'), 'schema');
}

function boundedTools(tools: JsonValue): JsonValue {
  if (!Array.isArray(tools)) return tools;
  if (tools.length > mostTools) throw invalidParameter('tools', `at most ${mostTools} tools`);
  return tools.map((tool, index) => within(bounded(tool, `tools[${index}]`), 'function', 'parameters'));
}

function bounded(value: JsonValue, parameter: string): JsonValue {
  const sound = JSON.stringify(value).length <= largest ? pruned(value, isHarmful, deepest) : undefined;
  if (sound !== undefined) return sound;
  throw invalidParameter(parameter, `at most ${largest / 1024} KiB, and at most ${deepest} levels deep`);
}

/** `value` with the schema that is at the end of `path` in it made readable, if one is there. */
function within(value: JsonValue, ...[name, ...path]: string[]): JsonValue {
  if (name === undefined) return readable(value);
  if (!isJsonObject(value) || !isJsonObject(value[name])) return value;
  return { ...value, [name]: within(value[name], ...path) };
}

/** A whole schema, without its alternatives if they can be read in too many ways. */
function readable(schema: JsonValue): JsonValue {
  if (!isJsonObject(schema) || !isAmbiguous(schema)) return schema;
  return pruned(schema, ([name, value]) => alternatives.has(name) && Array.isArray(value), deepest) ?? {};
}

const alternatives = new Set(['anyOf', 'oneOf', 'allOf']);

/** `value` without the entries that `drops`; undefined where it is more than so many levels deep. */
function pruned(
  value: JsonValue,
  drops: (entry: [string, JsonValue]) => boolean,
  levels: number,
): JsonValue | undefined {
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return undefined;
  if (Array.isArray(value)) {
    const sound = value.map((one) => pruned(one, drops, levels - 1)).filter((one) => one !== undefined);
    return sound.length < value.length ? undefined : sound;
  }
  const kept = Object.entries(value).filter((entry) => !drops(entry));
  const sound = kept.flatMap(([name, one]): [string, JsonValue][] => {
    const inner = pruned(one, drops, levels - 1);
    return inner === undefined ? [] : [[name, inner]];
  });
  return sound.length < kept.length ? undefined : withTypesOnce(Object.fromEntries(sound));
}

/** The engine reads a schema anew for each of its types, and what is in it too. */
function withTypesOnce({ type, ...schema }: JsonObject): JsonObject {
  if (!Array.isArray(type)) return type === undefined ? schema : { type, ...schema };
  const isAll = Array.isArray(schema.allOf);
  return isAll ? schema : { type: [...new Set(type)], ...schema };
}

function isHarmful([name, value]: [string, JsonValue]): boolean {
  return name === 'pattern' && typeof value === 'string' && !isHarmless(value);
}
