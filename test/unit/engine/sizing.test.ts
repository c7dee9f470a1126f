import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Candidate } from '../../../src/engine/sizing/candidate.ts';
import { explain } from '../../../src/engine/sizing/explain.ts';
import { type EngineMachine, roomFor } from '../../../src/engine/sizing/machine.ts';
import { gibibyte, mebibyte } from '../../../src/engine/sizing/memory.ts';
import { fits, needs, sizeEngine } from '../../../src/engine/sizing/size-engine.ts';
import { smallFacts } from '../../support/model-facts.ts';

/** The sizes of Qwen3.5-4B in four bits a weight, with plain attention throughout. */
const facts = smallFacts({
  fileSize: 2.7 * gibibyte,
  weights: 2.7 * gibibyte,
  trainedContextSize: 262_144,
  blocks: 32,
  width: 2560,
  feedForward: 9216,
  vocabulary: 248_320,
  attention: [{ blocks: 8, keys: 1024, values: 1024 }],
});
const chat: Candidate = { id: 'chat', roles: ['chat'], facts, adapters: 0, asked: false };
const complete: Candidate = {
  ...chat,
  id: 'complete',
  roles: ['complete'],
  facts: smallFacts({
    weights: gibibyte,
    trainedContextSize: 32_768,
    attention: [{ blocks: 28, keys: 256, values: 256 }],
  }),
};
const embed: Candidate = {
  ...chat,
  id: 'embed',
  roles: ['embed'],
  facts: smallFacts({ weights: 600 * mebibyte, trainedContextSize: 32_768 }),
};
const vm = (memory: number, cores = 4): EngineMachine => ({
  memory: memory * gibibyte,
  cores,
  numaNodes: 1,
  simd: 'AVX2',
});
const auto = { contextSize: undefined, cpuThreads: 0 };
const settingsOf = (sizing: ReturnType<typeof sizeEngine>, id: string) =>
  sizing.models.find(({ candidate }) => candidate.id === id)?.settings;

describe('sizing', () => {
  it('gives more where there is more', () => {
    const sizes = [6, 8, 16].map((memory) => {
      const {
        contextSize = 0,
        slots = 0,
        promptCache = 0,
      } = settingsOf(sizeEngine([chat, complete, embed], auto, vm(memory)), 'chat') ?? {};
      return { contextSize, slots, promptCache };
    });
    expect(sizes.map(({ contextSize }) => contextSize)).toEqual([16_384, 32_768, 32_768]);
    expect(sizes.map(({ slots }) => slots)).toEqual([1, 1, 2]);
    expect(sizes.at(-1)?.promptCache).toBe(2 * gibibyte);
  });

  it('leaves out what nobody asked for, embeddings first, and says so', () => {
    const { models, leftOut, errors, warnings } = sizeEngine([chat, complete, embed], auto, vm(4.7));
    expect(leftOut.map(({ id }) => id)).toEqual(['embed']);
    expect(models.map(({ candidate }) => candidate.id)).toEqual(['chat', 'complete']);
    expect(errors).toEqual([]);
    expect(warnings).toEqual([expect.objectContaining({ code: 'SIZING_ROLE_LEFT_OUT' })]);
  });

  it('refuses a model that was asked for and does not fit, and says what would do', () => {
    const asked = { ...chat, asked: true };
    const { errors } = sizeEngine([asked], auto, vm(3));
    expect(errors).toEqual([expect.objectContaining({ code: 'SIZING_MODEL_DOES_NOT_FIT' })]);
    const enough = Number(/at least ([\d.]+) GiB/.exec(errors[0]?.message ?? '')?.[1]);
    expect(sizeEngine([asked], auto, vm(enough)).errors).toEqual([]);
    expect(sizeEngine([asked], auto, vm(enough - 0.1)).errors).not.toEqual([]);
  });

  it('says at once what would do, however absurd the numbers of a file are', () => {
    const absurd = { ...facts, attention: [{ blocks: 4096, keys: 2 ** 32, values: 2 ** 32 }] };
    const { errors } = sizeEngine([{ ...chat, facts: absurd, asked: true }], auto, vm(8));
    expect(errors).toEqual([expect.objectContaining({ code: 'SIZING_MODEL_DOES_NOT_FIT' })]);
  });

  it('refuses a context that does not fit, and names the largest that does', () => {
    const { errors } = sizeEngine([chat], { ...auto, contextSize: 262_144 }, vm(6));
    expect(errors).toEqual([expect.objectContaining({ code: 'SIZING_CONTEXT_DOES_NOT_FIT' })]);
    const largest = Number(/largest that does has (\d+)/.exec(errors[0]?.message ?? '')?.[1]);
    expect(sizeEngine([chat], { ...auto, contextSize: largest }, vm(6)).errors).toEqual([]);
    expect(sizeEngine([chat], { ...auto, contextSize: largest + 1024 }, vm(6)).errors).not.toEqual([]);
  });

  it('compresses the cache for a context that was asked for and fits no other way, and warns', () => {
    const roomy = sizeEngine([chat], { ...auto, contextSize: 32_768 }, vm(6));
    expect(settingsOf(roomy, 'chat')?.cacheType).toBe('f16');
    const tight = sizeEngine([chat], { ...auto, contextSize: 65_536 }, vm(4.7));
    expect(settingsOf(tight, 'chat')).toMatchObject({ cacheType: 'q8_0', contextSize: 65_536 });
    expect(tight.warnings).toEqual([expect.objectContaining({ code: 'SIZING_SLOW_CONTEXT' })]);
  });

  it('gives no model more than it was made for', () => {
    const short = { ...chat, facts: { ...facts, trainedContextSize: 5000 } };
    expect(settingsOf(sizeEngine([short], auto, vm(64)), 'chat')?.contextSize).toBe(4096);
    const tiny = { ...chat, facts: { ...facts, trainedContextSize: 1000 } };
    expect(settingsOf(sizeEngine([tiny], auto, vm(64)), 'chat')?.contextSize).toBe(1000);
  });

  it('never gives out more than there is, whatever the machine and the models', () => {
    const models = fc.subarray([chat, complete, embed], { minLength: 1 });
    const contextSize = fc.option(fc.integer({ min: 512, max: 300_000 }), { nil: undefined });
    fc.assert(
      fc.property(
        models,
        contextSize,
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 1, max: 32 }),
        (candidates, size, memory, cores) => {
          const machine = vm(memory, cores);
          const {
            models: sized,
            errors,
            leftOut,
          } = sizeEngine(candidates, { ...auto, contextSize: size }, machine);
          expect(sized.length + leftOut.length).toBe(candidates.length);
          if (errors.length > 0) return;
          expect(fits(sized, machine)).toBe(true);
          expect(needs(sized).total).toBeLessThanOrEqual(roomFor(machine).total);
        },
      ),
    );
  });

  it('explains itself: the parts add up to the machine', () => {
    const text = explain(sizeEngine([chat, complete], auto, vm(8)));
    expect(text).toContain('8.00 GiB  4 cores, AVX2');
    const bytes = (line: string) => {
      const [, number, unit] = /\s([\d.]+) ([GM]iB)\b/.exec(line) ?? [];
      return Number(number) * (unit === 'GiB' ? gibibyte : mebibyte);
    };
    const lines = text.split('\n\n')[0]?.split('\n') ?? [];
    const parts = lines.filter((line) => line.startsWith('  ') || line.startsWith('left'));
    const sum = parts.reduce((total, line) => total + bytes(line), 0);
    expect(sum / gibibyte).toBeCloseTo(8, 1);
    expect(text).toContain('2 × 32768 tokens × 32.0 KiB, f16');
  });
});
