import { expect, test } from 'vitest';
import { parsePreset, planEngine } from '../../../src/engine/preset.ts';
import type { Candidate } from '../../../src/engine/sizing/candidate.ts';
import { gibibyte } from '../../../src/engine/sizing/memory.ts';
import { sizeEngine } from '../../../src/engine/sizing/size-engine.ts';
import { smallFacts } from '../../support/model-facts.ts';

const coder: Candidate = {
  id: 'coder',
  roles: ['chat', 'complete'],
  facts: smallFacts({ trainedContextSize: 32_768 }),
  adapters: 0,
  asked: false,
};
const embedder: Candidate = {
  ...coder,
  id: 'embedder',
  roles: ['embed'],
  facts: smallFacts({ trainedContextSize: 2048 }),
};
const machine = { memory: 4 * gibibyte, cores: 2, numaNodes: 1, simd: 'AVX2' };
const wishes = { contextSize: undefined, cpuThreads: 0 };
const files = { path: '/models/coder.gguf', adapters: [], traits: undefined };

test('every setting of the engine is written down, none is left to its defaults', () => {
  const sizing = sizeEngine([coder], wishes, machine);
  const { preset, models } = planEngine(sizing, new Map([['coder', files]]));
  expect(preset).toBe(`; made for a machine with memory of 4294967296
version = 1

[coder]
model = /models/coder.gguf
load-on-startup = true
ctx-size = 32768
parallel = 1
kv-unified = false
slot-prompt-similarity = 0.9
threads = 2
batch-size = 128
ubatch-size = 128
flash-attn = on
cache-type-k = f16
cache-type-v = f16
cache-ram = 512
ctx-checkpoints = 8
load-mode = none
fit = off
jinja = true
`);
  expect(models).toEqual([
    { id: 'coder', roles: ['chat', 'complete'], contextSize: 32_768, slots: 1, architecture: 'qwen2' },
  ]);
  expect(parsePreset(preset)).toEqual({ files: ['/models/coder.gguf'], madeFor: 4 * gibibyte });
});

test('with two slots each request may still use what was promised', () => {
  const sizing = sizeEngine([coder], wishes, { ...machine, cores: 8, memory: 64 * gibibyte });
  const { preset, models } = planEngine(sizing, new Map());
  expect(preset).toContain('\nctx-size = 65536\nparallel = 2\n');
  expect(preset).toContain('\nthreads = 8\n');
  expect(models[0]?.contextSize).toBe(32_768);
});

test.each([
  ['the last token', 'last', 128],
  ['all tokens', 'mean', 2048],
] as const)(
  'a text is embedded in batches where %s makes its vector, if that can be',
  (_, pooling, batch) => {
    const model = { ...embedder, facts: { ...embedder.facts, pooling } };
    const sizing = sizeEngine([coder, model], { ...wishes, cpuThreads: 1 }, machine);
    const { preset } = planEngine(sizing, new Map());
    const [, embedding] = preset.split('[embedder]');
    expect(embedding).toContain('\nctx-size = 2048\n');
    expect(embedding).toContain(`\nbatch-size = ${batch}\nubatch-size = ${batch}\n`);
    expect(embedding).toContain(`\nembeddings = true\npooling = ${pooling}\n`);
    expect(preset.match(/^threads = 1$/gm)).toHaveLength(2);
  },
);

test('what the maker of a model recommends is the default of its requests', () => {
  const traits = {
    thinking: 'switchable' as const,
    sampling: {
      direct: { temperature: 0.7, topP: 0.8, topK: 20, minP: 0, presencePenalty: 1.5 },
      thinking: { temperature: 0.6 },
    },
    infillOrder: 'suffix-prefix-middle' as const,
  };
  const sizing = sizeEngine([coder], wishes, machine);
  const { preset } = planEngine(sizing, new Map([['coder', { ...files, traits }]]));
  expect(preset).toContain('\ntemp = 0.7\ntop-p = 0.8\ntop-k = 20\nmin-p = 0\npresence-penalty = 1.5\n');
  expect(preset).toContain('\nspm-infill = true\n');
});

test('adapters go into the preset with their scale', () => {
  const adapters = [
    { path: '/m/a.gguf', scale: 1 },
    { path: '/m/b.gguf', scale: 0.5 },
  ];
  const sizing = sizeEngine([coder], wishes, machine);
  const { preset } = planEngine(sizing, new Map([['coder', { ...files, adapters }]]));
  expect(preset).toContain('\nlora-scaled = /m/a.gguf:1,/m/b.gguf:0.5\n');
});

test('weights that are mapped are not repacked, since both copies would stay', () => {
  const large = { ...coder, facts: smallFacts({ weights: 3.4 * gibibyte }) };
  const { preset } = planEngine(sizeEngine([large], wishes, machine), new Map());
  expect(preset).toContain('\nload-mode = mmap\nrepack = false\n');
});

test('several NUMA nodes share the work', () => {
  const sizing = sizeEngine([coder], wishes, { ...machine, numaNodes: 2 });
  expect(planEngine(sizing, new Map()).preset).toContain('\nnuma = distribute\n');
});

test.each<[string, string, string]>([
  ['coder', '/models/a.gguf\nlog-file = /tmp/evil', '/a'],
  ['coder', '/models/a ;.gguf', '/a'],
  ['coder', '/models/a#.gguf', '/a'],
  ['co]der', '/models/a.gguf', '/a'],
  ['coder', '/models/a.gguf', '/a:1'],
  ['coder', '/models/a.gguf', '/a,b'],
])(
  'nothing is written that the engine would read as more than one value: %j, %j, %j',
  (id, path, adapter) => {
    const sizing = sizeEngine([{ ...coder, id }], wishes, machine);
    const adapters = [{ path: adapter, scale: 1 }];
    expect(() => planEngine(sizing, new Map([[id, { ...files, path, adapters }]]))).toThrow(RangeError);
  },
);
