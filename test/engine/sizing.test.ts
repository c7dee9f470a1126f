import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { childrenOf, exhaust, peakAnonymous } from '../../src/bench/engine/peak-memory.ts';
import { presetOptions } from '../../src/engine/preset.ts';
import {
  bytesOf,
  fullSlot,
  type ModelSettings,
  mebibyte,
  modelMemory,
} from '../../src/engine/sizing/memory.ts';
import { readModelFacts } from '../../src/models/gguf/read-facts.ts';
import type { ShapeName } from '../../src/models/random/shapes.ts';
import { writeRandomModel } from '../../src/models/random/write.ts';
import { startEngine } from './support/llama-server.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'onepilot-sizing-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const usual: ModelSettings = {
  contextSize: 1024,
  slots: 2,
  batch: 512,
  cacheType: 'f16',
  promptCache: 48 * mebibyte,
  load: 'read',
  adapters: 0,
  embeds: false,
};
const machine = { memory: 0, cores: 2, numaNodes: 1, simd: '' };

const cases: readonly (readonly [what: string, shape: ShapeName, settings: ModelSettings])[] = [
  ['dense', 'dense-small', usual],
  ['dense, mapped', 'dense-small', { ...usual, load: 'mapped', slots: 1, promptCache: 0 }],
  ['dense, cache in q8_0', 'dense-small', { ...usual, cacheType: 'q8_0', slots: 1, promptCache: 0 }],
  ['mixture of experts', 'experts-small', usual],
  [
    'mixture of experts, long context',
    'experts-small',
    { ...usual, contextSize: 6144, slots: 1, promptCache: 0 },
  ],
  ['hybrid', 'hybrid-small', usual],
  ['hybrid with experts', 'hybrid-experts-small', usual],
  ['embeddings', 'dense-small', { ...usual, slots: 1, batch: 128, promptCache: 0, embeds: true }],
  ['sliding window', 'window-small', { ...usual, contextSize: 2048, promptCache: 16 * mebibyte }],
];

describe('the memory predicted for a model', () => {
  it.each(cases)('is within 10 %% of the peak that the engine comes to: %s', async (_, shape, settings) => {
    const path = join(directory, `${shape}.gguf`);
    await writeRandomModel(path, shape);
    const facts = readModelFacts(path);
    const role = settings.embeds ? 'embed' : 'chat';
    const candidate = { id: shape, roles: [role] as const, facts, adapters: 0, asked: false };
    const wishes = { contextSize: undefined, cpuThreads: 0 };
    const options = presetOptions(
      { candidate, settings },
      { path, adapters: [], traits: undefined },
      { machine, wishes },
    );
    const predicted = bytesOf(modelMemory(facts, settings).anonymous);
    const engine = await startEngine({ models: { [shape]: options }, defaults: 'none' });
    try {
      const [child = 0] = await childrenOf(engine.pid);
      const measured = await peakAnonymous(child, () =>
        exhaust(shape, settings, fullSlot(facts, settings), async (route, body) => {
          const { status, text } = await engine.call(route, body);
          expect(status, text).toBe(200);
        }),
      );
      expect(predicted / measured).toBeGreaterThan(0.9);
      expect(predicted / measured).toBeLessThan(1.1);
    } finally {
      await engine.stop();
    }
  });
});
