import { describe, expect, it } from 'vitest';
import { dialectsByPath } from '../../../../src/gateway/dialects/table.ts';
import { Fault } from '../../../../src/gateway/fault.ts';
import type { JsonObject, JsonValue } from '../../../../src/gateway/json.ts';

const context = {
  model: { id: 'm', roles: ['chat' as const], contextSize: 4096 },
  requestedModel: 'm',
  id: '0b1',
  now: 0,
};

const messages = [{ role: 'user', content: 'hi' }];

/** The least that each dialect takes. */
const bodies: Readonly<Record<string, JsonObject>> = {
  '/v1/chat/completions': { messages },
  '/v1/completions': { prompt: 'a' },
  '/v1/responses': { input: 'a' },
  '/v1/messages': { messages },
  '/v1/fim/completions': { prompt: 'a' },
  '/api/chat': { messages },
  '/api/generate': { prompt: 'a' },
  '/infill': { input_prefix: 'a', input_suffix: 'b' },
  '/completion': { prompt: 'a' },
};

function askedAt(path: string, fields: JsonObject): JsonObject {
  const dialect = dialectsByPath[path];
  if (!dialect) throw new Error(`Nothing is at ${path}.`);
  return dialect.translate({ ...bodies[path], ...fields, options: fields }, context).body;
}

const chatFor = (fields: JsonObject) => askedAt('/v1/chat/completions', fields);

function faultFor(fields: JsonObject, path = '/v1/chat/completions'): Fault | undefined {
  try {
    askedAt(path, fields);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  return undefined;
}

const evil = '^(((a?){1,9}b?){1,9}c?){1,9}$';
const schema = { type: 'object', properties: { name: { type: 'string', pattern: evil } } };
const tool = { name: 'f', type: 'function', parameters: schema, input_schema: schema };

describe.each(Object.keys(dialectsByPath))('at %s', (path) => {
  it('grammars, and numbers that would take the engine down, do not get through', () => {
    const numbers = { repeat_last_n: 2 ** 31 - 1, dry_penalty_last_n: 2 ** 31 - 1 };
    const asked = askedAt(path, { grammar: 'root ::= "a"', response_fields: ['content'], ...numbers });
    expect(asked).not.toHaveProperty('grammar');
    expect(asked).not.toHaveProperty('response_fields');
    for (const name of Object.keys(numbers)) expect(asked[name] ?? 0).toBeLessThanOrEqual(4096);
  });

  it('patterns that cost too much do not get through, wherever schemas are', () => {
    const response_format = { type: 'json_schema', json_schema: { name: 'x', schema } };
    const given = path.startsWith('/v1/') ? { response_format } : { format: schema };
    const tools = [{ ...tool, function: { name: 'f', parameters: schema } }];
    const text = { format: { type: 'json_schema', name: 'x', schema } };
    const output_format = { type: 'json_schema', schema };
    const asked = askedAt(path, { ...given, json_schema: schema, tools, text, output_format });
    const read = { format: asked.response_format, schema: asked.json_schema, tools: asked.tools };
    expect(JSON.stringify(read)).not.toContain('a?');
    expect(JSON.stringify(read)).toContain('"properties"');
  });

  it('too many words to stop at are refused', () => {
    const stop = Array.from({ length: 1000 }, () => 'x');
    const { error } = faultFor({ stop, stop_sequences: stop }, path) ?? {};
    expect(error?.code).toBe('invalid_parameter');
  });
});

it('what is within bounds stays as it is', () => {
  const fields = {
    repeat_last_n: 64,
    n_probs: 5,
    top_k: 40,
    stop: ['\n', 'END'],
    logit_bias: { '50256': -100 },
    samplers: ['top_k', 'temperature'],
    tools: [{ type: 'function', function: { name: 'f', parameters: { pattern: '^[a-z]+$' } } }],
  };
  expect(chatFor(fields)).toMatchObject(fields);
});

it('numbers that are too large become the largest, and negative ones are left to the engine', () => {
  const asked = chatFor({ top_logprobs: 10_000, n_probs: 1e300, repeat_last_n: -1, logprobs: true });
  expect(asked).toMatchObject({ top_logprobs: 100, n_probs: 100, logprobs: true });
  expect(asked).not.toHaveProperty('repeat_last_n');
});

const many = (length: number, value: JsonValue = 'a') => Array.from({ length }, () => value);
let deep: JsonValue = 'string';
for (let level = 0; level < 65; level++) deep = { items: deep };

it.each<[string, string, JsonObject]>([
  ['stop', 'many words to stop at', { stop: many(129) }],
  ['stop', 'one as long as a book', { stop: 'a'.repeat(1025) }],
  ['dry_sequence_breakers', 'many breakers', { dry_sequence_breakers: many(17) }],
  ['logit_bias', 'a bias for many words', { logit_bias: many(301, ['a', 1]) }],
  ['logit_bias', 'a bias for long words', { logit_bias: [['a'.repeat(101), 1]] }],
  [
    'logit_bias',
    'a bias for many tokens',
    { logit_bias: Object.fromEntries(many(301).map((_, n) => [`${n}`, 1])) },
  ],
  ['samplers', 'a long chain of samplers', { samplers: 'k'.repeat(33) }],
  ['response_format', 'a large schema', { response_format: { enum: ['a'.repeat(2 ** 16)] } }],
  ['json_schema', 'a deep schema', { json_schema: deep }],
  ['tools[1]', 'a tool with a large schema', { tools: [{}, { parameters: many(2 ** 15) }] }],
  ['tools', 'a thousand tools', { tools: many(1000, {}) }],
])('"%s" with %s is refused', (parameter, _, fields) => {
  expect(faultFor(fields)).toMatchObject({
    error: { code: 'invalid_parameter' },
    status: 400,
    details: { parameter },
  });
});

describe('in a schema', () => {
  const parametersFor = (parameters: JsonObject) =>
    chatFor({ tools: [{ type: 'function', function: { name: 'f', parameters } }] }).tools;

  it('alternatives that multiply are left out, and only those', () => {
    const node = { $ref: '#/$defs/a' };
    const array = { type: 'array', items: node };
    const bad = { ...node, description: 'd', $defs: { a: { anyOf: [array, array] } } };
    expect(parametersFor(bad)).toMatchObject([
      { function: { parameters: { ...node, description: 'd', $defs: { a: {} } } } },
    ]);
    expect(JSON.stringify(parametersFor(bad))).not.toContain('anyOf');
    const good = { anyOf: [{ type: 'array' }, { type: 'null' }] };
    expect(parametersFor(good)).toMatchObject([{ function: { parameters: good } }]);
    const formats = [{ json_schema: { schema: bad } }, { schema: bad }];
    for (const response_format of formats)
      expect(JSON.stringify(chatFor({ response_format }).response_format)).not.toContain('anyOf');
    expect(JSON.stringify(chatFor({ json_schema: bad }).json_schema)).not.toContain('anyOf');
  });

  it('types are told once', () => {
    expect(parametersFor({ type: ['array', 'array', 'null'], items: {} })).toMatchObject([
      { function: { parameters: { type: ['array', 'null'], items: {} } } },
    ]);
  });
});
