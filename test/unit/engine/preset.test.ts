import { expect, test } from 'vitest';
import { contextSizeProblems, planEngine } from '../../../src/engine/preset.ts';
import type { BakedModel } from '../../../src/models/image-facts.ts';

const gibibyte = 1024 ** 3;
const model = (id: string, trainedContextSize: number, roles: BakedModel['roles']): BakedModel => ({
  id,
  file: `${id}.gguf`,
  sha256: '0'.repeat(64),
  roles,
  trainedContextSize,
});
const coder = model('coder', 32_768, ['chat', 'complete']);
const embedder = model('embedder', 2048, ['embed']);
const defaults = { contextSize: 32_768, cpuThreads: 0 };

test('a small machine gets one slot, all its threads and a bounded prompt cache', () => {
  const { preset, models } = planEngine([coder], defaults, { cpus: 2, memory: 3 * gibibyte }, '/models');
  expect(preset).toBe(`version = 1

[coder]
model = /models/coder.gguf
load-on-startup = true
ctx-size = 32768
parallel = 1
kv-unified = false
threads = 2
flash-attn = on
cache-ram = 384
load-mode = none
fit = off
jinja = true
`);
  expect(models).toEqual([{ id: 'coder', roles: ['chat', 'complete'], contextSize: 32_768 }]);
});

test('with two slots each request may still use what was promised', () => {
  const { preset, models } = planEngine([coder], defaults, { cpus: 8, memory: 64 * gibibyte }, '/models');
  expect(preset).toContain('\nctx-size = 65536\nparallel = 2\n');
  expect(preset).toContain('\ncache-ram = 2048\n');
  expect(models[0]?.contextSize).toBe(32_768);
});

test('each model gets at most what it was made for', () => {
  const machine = { cpus: 2, memory: 8 * gibibyte };
  const { preset, models } = planEngine(
    [coder, embedder],
    { contextSize: 16_384, cpuThreads: 1 },
    machine,
    '/m',
  );
  expect(models.map(({ contextSize }) => contextSize)).toEqual([16_384, 2048]);
  const [, embedding] = preset.split('[embedder]');
  expect(embedding).toContain('\nctx-size = 2048\n');
  expect(embedding).toContain('\nembeddings = true\nbatch-size = 2048\nubatch-size = 2048\n');
  expect(preset.match(/^threads = 1$/gm)).toHaveLength(2);
});

test('asking for more than any model can is an error that names the most', () => {
  expect(contextSizeProblems(undefined, [embedder])).toEqual([]);
  expect(contextSizeProblems(32_768, [embedder, coder])).toEqual([]);
  const [problem] = contextSizeProblems(32_769, [embedder, coder]);
  expect(problem).toMatchObject({ variable: 'ONEAPP_COPILOT_CONTEXT_SIZE' });
  expect(problem?.what).toContain('32769');
  expect(problem?.what).toContain('at most 32768 tokens');
});
