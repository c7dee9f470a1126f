import { afterAll, beforeAll, expect, it } from 'vitest';
import { smokeAnswers } from '../../src/models/smoke/answers.ts';
import { authorization, configurationWith, portOf, testApp } from '../unit/gateway/support.ts';
import { type Engine, startEngine } from './support/llama-server.ts';

let engine: Engine;
let app: ReturnType<typeof testApp>;

/** Milliseconds within which the model must be free again, on a busy machine too. */
const patience = 20_000;

beforeAll(async () => {
  engine = await startEngine({ models: { 'onepilot-smoke': {} } });
  const models = [
    { id: 'onepilot-smoke', roles: ['chat' as const, 'complete' as const], contextSize: 8192, slots: 2 },
  ];
  app = testApp({ configuration: configurationWith({ models }) }, engine.socketPath);
  await app.listen({ port: 0, host: '127.0.0.1' });
});

afterAll(async () => {
  app?.server.closeAllConnections();
  await app?.close();
  await engine?.stop();
});

async function ask(path: string, body: object): Promise<Response> {
  return fetch(`http://127.0.0.1:${portOf(app.server)}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { authorization, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(patience),
  });
}

const messages = [{ role: 'user', content: 'Hello' }];

const inSchema = (schema: object) => ({
  response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
});
const inTool = (parameters: object) => ({
  tools: [{ type: 'function', function: { name: 'f', parameters } }],
  tool_choice: 'required',
});
const string = (pattern: string) => ({ type: 'string', pattern });
const spinning = '^(((a?){1,9}b?){1,9}c?){1,9}$';
const selfReference = { $ref: '#/$defs/a' };
const manyArrays = Array.from({ length: 8 }, () => ({ type: 'array', items: selfReference, minItems: 1 }));
let typesTwice: object = { type: 'string' };
for (let level = 0; level < 24; level++) {
  typesTwice = { type: ['array', 'array'], items: typesTwice, minItems: 1 };
}
const manyReadings = [
  'root ::= a a a a a a a a\na ::= b | b b\nb ::= c | c c\nc ::= d | d d\nd ::= e? e?',
  'e ::= "a"? "b"? "c"? f? f?\nf ::= "a"? "b"? "x"? g? g? g?\ng ::= "a"? "b"? "c"?',
].join('\n');
const hugeNumber = 2 ** 31 - 1;

it.each<[string, object]>([
  ['a grammar of brackets', { grammar: `root ::= ${'('.repeat(1e5)}"a"${')'.repeat(1e5)}` }],
  ['a grammar that can be read in many ways', { grammar: manyReadings }],
  ['a pattern of repetitions in repetitions', inSchema(string(spinning))],
  [
    'one in the arguments of a tool',
    inTool({ type: 'object', properties: { a: string(spinning) }, required: ['a'] }),
  ],
  ['the most that a pattern may repeat', inSchema(string('^(|a){64}(a|aa|[a-z]){0,64}$'))],
  ['repetitions one after the other', inSchema(string(`^${'a?'.repeat(60)}${'[a-z]{0,16}'.repeat(4)}$`))],
  [
    'alternatives that multiply with each level',
    inSchema({ ...selfReference, $defs: { a: { anyOf: manyArrays } } }),
  ],
  ['types that are told twice on each of many levels', inSchema(typesTwice)],
  [
    'the most alternatives that are allowed',
    inSchema({
      anyOf: Array.from({ length: 900 }, () => ({ type: 'array', minItems: 1, items: { type: 'array' } })),
    }),
  ],
  ['repetitions to be looked for in 2^31 tokens', { repeat_last_n: hugeNumber, repeat_penalty: 1.5 }],
  ['sequences to be looked for in 2^31 tokens', { dry_penalty_last_n: hugeNumber, dry_multiplier: 1 }],
  [
    'all the breakers of sequences that are allowed',
    { dry_multiplier: 1, dry_sequence_breakers: Array.from({ length: 16 }, (_, n) => `${n}`) },
  ],
  [
    'a bias for all the words that are allowed',
    { logit_bias: Array.from({ length: 300 }, (_, n) => [`${n}`.repeat(25), -1]) },
  ],
  ['probabilities of all tokens', { logprobs: true, top_logprobs: hugeNumber }],
  ['a huge "min_keep"', { min_keep: hugeNumber }],
])('after %s, the model answers the next request', async (_, fields) => {
  const attack = await ask('/v1/chat/completions', { messages, max_tokens: 40, ...fields });
  await attack.text();
  expect(attack.status).toBe(200);
  const next = await ask('/v1/chat/completions', { messages, max_tokens: 40 });
  expect(next.status).toBe(200);
  expect(await next.json()).toMatchObject({ choices: [{ message: { content: smokeAnswers.chat } }] });
});
