import { invalidParameter } from '../../fault.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../json.ts';

/** A value of the request and its place in it, such as `input[3].call_id`, for the fault that names it. */
export interface Placed<Value = JsonValue | undefined> {
  readonly value: Value;
  readonly at: string;
}

/** The field `name` of an object. */
export function field({ value, at }: Placed<JsonObject>, name: string): Placed {
  return { value: value[name], at: at === '' ? name : `${at}.${name}` };
}

/** Throws `invalid_parameter`, as do those below. */
export function stringOf({ value, at }: Placed): string {
  if (typeof value !== 'string') throw invalidParameter(at, 'a string');
  return value;
}

/** A name of something, which cannot be empty. */
export function nameOf(placed: Placed): string {
  const name = stringOf(placed);
  if (name === '') throw invalidParameter(placed.at, 'a string that is not empty');
  return name;
}

export function objectOf({ value, at }: Placed): Placed<JsonObject> {
  if (!isJsonObject(value)) throw invalidParameter(at, 'an object');
  return { value, at };
}

/** The objects of an array. */
export function objectsOf({ value, at }: Placed): Placed<JsonObject>[] {
  if (!Array.isArray(value)) throw invalidParameter(at, 'an array of objects');
  return value.map((element, index) => objectOf({ value: element, at: `${at}[${index}]` }));
}

/** Clients send null for a field that they leave out. */
export function isGiven({ value }: Placed): boolean {
  return value !== undefined && value !== null;
}
