import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';

/** In how many ways an answer may be read at once, at most. */
const most = 1000;

/** Schemas that are met on the way, references followed. */
const mostVisits = 20_000;

/** Ways to read an answer: so many, and so many for each way to read what a schema holds of its own kind. */
interface Readings {
  readonly count: number;
  readonly factor: number;
}

const one: Readings = { count: 1, factor: 0 };

/**
 * Whether an answer that matches `schema` can be read in too many ways at once: the engine follows all of them (see
 * `isHarmless`). Alternatives that begin alike add up, and in a schema that refers to itself they multiply with each
 * level of the answer. Pure.
 * @param schema with all that its references lead to.
 */
export function isAmbiguous(schema: JsonObject): boolean {
  try {
    const { count, factor } = new Reader(schema).read(schema, []);
    return count + factor > most;
  } catch (error) {
    if (error instanceof TooMany) return true;
    throw error;
  }
}

class TooMany extends Error {}

class Reader {
  readonly #root: JsonObject;
  #visits = 0;

  constructor(root: JsonObject) {
    this.#root = root;
  }

  /** @param path the references that led here. */
  read(schema: JsonValue | undefined, path: readonly string[]): Readings {
    this.#visits += 1;
    if (this.#visits > mostVisits) throw new TooMany();
    if (!isJsonObject(schema)) return one;
    const { $ref, oneOf, anyOf, allOf } = schema;
    if (typeof $ref === 'string') return this.#follow($ref, path);
    const inner = [
      ...(isJsonObject(schema.properties) ? Object.values(schema.properties) : []),
      ...[schema.items, schema.prefixItems, schema.additionalProperties].flatMap((value) => value ?? []),
    ];
    return largest([
      ...[oneOf, anyOf].filter(Array.isArray).map((list) => this.#alternatives(list, path)),
      // The engine puts their properties together, those of the same name beside each other.
      ...(Array.isArray(allOf) ? [sum(allOf.map((part) => this.read(part, path)))] : []),
      ...inner.map((part) => this.read(part, path)),
    ]);
  }

  #follow(ref: string, path: readonly string[]): Readings {
    if (path.includes(ref)) return { count: 0, factor: 1 };
    const readings = this.read(this.#target(ref), [...path, ref]);
    if (readings.factor > 1) throw new TooMany();
    return readings;
  }

  #alternatives(list: readonly JsonValue[], path: readonly string[]): Readings {
    const groups = byBeginning(list.map((schema) => [beginningOf(this.#resolved(schema)), schema]));
    const read = (schemas: readonly JsonValue[]) => sum(schemas.map((schema) => this.read(schema, path)));
    const { [anything]: any = [], ...unlike } = groups;
    return sum([largest(Object.values(unlike).map(read)), read(any)]);
  }

  #resolved(schema: JsonValue): JsonValue | undefined {
    let found: JsonValue | undefined = schema;
    for (let hops = 0; hops < 8 && isJsonObject(found) && typeof found.$ref === 'string'; hops++) {
      found = this.#target(found.$ref);
    }
    return found;
  }

  /** What a JSON pointer leads to (RFC 6901); the engine takes no other reference, and unescapes none. */
  #target(ref: string): JsonValue | undefined {
    const steps = ref.split('/').slice(1);
    return steps.reduce<JsonValue | undefined>((at, step) => {
      if (Array.isArray(at)) return at[Number(step)];
      return isJsonObject(at) ? at[step] : undefined;
    }, this.#root);
  }
}

/** Of a value that has nothing in it. */
const simple = '';

/** Of what is not known to begin in any one way. */
const anything = '*';

/** Puts together what one may take for each other: a beginning that goes on from another is like it. */
function byBeginning(list: readonly [string, JsonValue][]): Record<string, JsonValue[]> {
  const groups: Record<string, JsonValue[]> = {};
  let shortest = '';
  for (const [beginning, schema] of list.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (beginning === simple) continue;
    if (shortest === '' || !beginning.startsWith(shortest)) shortest = beginning;
    groups[shortest] = [...(groups[shortest] ?? []), schema];
  }
  return groups;
}

/** How what matches `schema` begins, as far as the first part of it that may hold anything. */
function beginningOf(schema: JsonValue | undefined): string {
  if (!isJsonObject(schema)) return anything;
  const { type, properties, required } = schema;
  if ('oneOf' in schema || 'anyOf' in schema || '$ref' in schema) return anything;
  if ('const' in schema || 'enum' in schema) return simple;
  const types = [type].flat();
  if (type === undefined || 'allOf' in schema) return anything;
  if (!types.includes('array') && !types.includes('object')) return simple;
  if (types.length > 1) return anything;
  if (type === 'array') return '[';
  if (!isJsonObject(properties) || !Array.isArray(required)) return '{';
  let beginning = '{';
  for (const [name, property] of Object.entries(properties)) {
    if (!required.includes(name)) continue;
    beginning += JSON.stringify(name);
    const value = isJsonObject(property) ? onlyValue(property) : undefined;
    if (value === undefined) break;
    beginning += JSON.stringify(value);
  }
  return beginning;
}

function onlyValue(schema: JsonObject): JsonValue | undefined {
  if (schema.const !== undefined) return schema.const;
  return Array.isArray(schema.enum) && schema.enum.length === 1 ? schema.enum[0] : undefined;
}

function sum(all: readonly Readings[]): Readings {
  return all.reduce((a, b) => ({ count: a.count + b.count, factor: a.factor + b.factor }), {
    count: 0,
    factor: 0,
  });
}

function largest(all: readonly Readings[]): Readings {
  return all.reduce(
    (a, b) => ({ count: Math.max(a.count, b.count), factor: Math.max(a.factor, b.factor) }),
    one,
  );
}
