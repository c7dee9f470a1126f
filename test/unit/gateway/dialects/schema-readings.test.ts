import { expect, it } from 'vitest';
import { isAmbiguous } from '../../../../src/gateway/dialects/schema-readings.ts';
import type { JsonObject } from '../../../../src/gateway/json.ts';

const self = { $ref: '#/$defs/a' };
const array = { type: 'array', items: self };
const recursive = (...anyOf: JsonObject[]): JsonObject => ({ ...self, $defs: { a: { anyOf } } });
const object = (properties: JsonObject, ...required: string[]) => ({ type: 'object', properties, required });
const named = (type: JsonObject) => object({ type, left: self, right: self }, 'type', 'left', 'right');
const chain = (length: number, wide: number): JsonObject => {
  const steps = Array.from({ length }, (_, n): [string, JsonObject] => [
    `d${n + 1}`,
    { anyOf: Array.from({ length: wide }, () => ({ type: 'array', items: { $ref: `#/$defs/d${n}` } })) },
  ]);
  return { $ref: `#/$defs/d${length}`, $defs: { d0: { type: 'null' }, ...Object.fromEntries(steps) } };
};

it.each<[string, JsonObject]>([
  ['two arrays of themselves', recursive(array, array)],
  ['two objects of themselves with the same first property', recursive(named({}), named({}))],
  ['the same, whose first property is fixed in one', recursive(named({}), named({ const: 'add' }))],
  ['objects of themselves without required properties', recursive(object({ a: self }), object({ b: self }))],
  ['arrays of two kinds that may be objects too', recursive(array, { ...array, type: ['array', 'object'] })],
  ['two references to what holds them', recursive({ anyOf: [array] }, { anyOf: [array] })],
  ['properties put together twice', { ...self, $defs: { a: { allOf: [array, array] } } }],
  ['alternatives in alternatives', chain(10, 2)],
  ['references without end', chain(60, 3)],
])('%s are ambiguous', (_, schema) => expect(isAmbiguous(schema)).toBe(true));

it.each<[string, JsonObject]>([
  ['a list', recursive(object({ value: {}, next: self }, 'value', 'next'), { type: 'null' })],
  [
    'any JSON',
    recursive(array, { type: 'object', additionalProperties: self }, { type: ['string', 'number', 'null'] }),
  ],
  ['a tree whose nodes say what they are', recursive(named({ const: 'add' }), named({ enum: ['mul'] }))],
  ['a filter', recursive(object({ and: array }, 'and'), object({ or: array }, 'or'), { type: 'string' })],
  ['a few alternatives', chain(3, 4)],
  ['a reference to nowhere', { $ref: '#/nowhere' }],
  ['a wide union', { anyOf: Array.from({ length: 500 }, (_, n) => object({ n: { const: n } }, 'n')) }],
])('%s is not', (_, schema) => expect(isAmbiguous(schema)).toBe(false));
