import { describe, expect, it } from 'vitest';
import { type TensorType, tensorTypes } from '../../../src/models/gguf/writer.ts';
import { constantPattern, randomPattern } from '../../../src/models/random/blocks.ts';

/** The number that half-precision bits stand for; no sign. */
function half(bits: number): number {
  const exponent = bits >> 10;
  const fraction = bits & 0x3ff;
  return exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index);

/** The values of one block, as `dequantize_row_*` in ggml-quants.c of llama.cpp v0.5.0 reads it. */
const values: Readonly<Record<TensorType, (block: Buffer) => number[]>> = {
  F32: (block) => [block.readFloatLE(0)],
  Q8_0: (block) => range(32).map((i) => half(block.readUInt16LE(0)) * block.readInt8(2 + i)),
  Q5_0: (block) =>
    range(32).map((i) => {
      const nibble = (block.readUInt8(6 + (i % 16)) >> (i < 16 ? 0 : 4)) & 15;
      const fifth = (block.readUInt32LE(2) >>> i) & 1;
      return half(block.readUInt16LE(0)) * ((nibble | (fifth << 4)) - 16);
    }),
  Q4_K: (block) =>
    range(256).map((i) => {
      const part = i >> 5;
      const at = (index: number) => block.readUInt8(4 + index);
      const scale = part < 4 ? at(part) & 63 : (at(part + 4) & 15) | ((at(part - 4) >> 6) << 4);
      const minimum = part < 4 ? at(part + 4) & 63 : (at(part + 4) >> 4) | ((at(part) >> 6) << 4);
      const nibble = (block.readUInt8(16 + (part >> 1) * 32 + (i % 32)) >> (part % 2 ? 4 : 0)) & 15;
      return half(block.readUInt16LE(0)) * scale * nibble - half(block.readUInt16LE(2)) * minimum;
    }),
  Q6_K: (block) =>
    range(256).map((i) => {
      const [group, quarter, column] = [i >> 7, (i >> 5) & 3, i % 32];
      const low = block.readUInt8(group * 64 + (quarter % 2) * 32 + column) >> (quarter < 2 ? 0 : 4);
      const high = block.readUInt8(128 + group * 32 + column) >> (quarter * 2);
      const scale = block.readInt8(192 + (i >> 4));
      return half(block.readUInt16LE(208)) * scale * (((low & 15) | ((high & 3) << 4)) - 32);
    }),
  MXFP4: (block) =>
    range(32).map((i) => {
      const nibble = (block.readUInt8(1 + (i % 16)) >> (i < 16 ? 0 : 4)) & 15;
      const magnitude = [0, 1, 2, 3, 4, 6, 8, 12][nibble & 7] ?? Number.NaN;
      return (nibble < 8 ? 1 : -1) * magnitude * 2 ** (block.readUInt8(0) - 128);
    }),
};

const types = ['F32', 'Q5_0', 'Q8_0', 'Q4_K', 'Q6_K', 'MXFP4'] as const satisfies readonly TensorType[];

function sample(type: TensorType, deviation: number): number[] {
  const { bytes, elements } = tensorTypes[type];
  const pattern = randomPattern(type, deviation, 1);
  const blocks = Math.floor(16_000 / elements);
  return range(blocks).flatMap((block) => values[type](pattern.subarray(block * bytes, (block + 1) * bytes)));
}

describe.each(types)('random blocks of %s', (type) => {
  it.each([1, 0.0255, 0.0103])('have the mean zero and the deviation %d', (deviation) => {
    const sampled = sample(type, deviation);
    const mean = sampled.reduce((sum, value) => sum + value, 0) / sampled.length;
    const measured = Math.sqrt(sampled.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sampled.length);
    expect(Math.abs(mean)).toBeLessThan(0.08 * deviation);
    // The scales of MXFP4 are powers of two.
    const tolerance = type === 'MXFP4' ? Math.SQRT2 : 1.03;
    expect(measured).toBeGreaterThan(deviation / tolerance);
    expect(measured).toBeLessThan(deviation * tolerance);
  });

  it('are zeros where they are to be silent', () => {
    expect(Math.max(...sample(type, 0).map(Math.abs))).toBeLessThan(1e-30);
  });

  it('are whole blocks, and the same for the same seed only', () => {
    const pattern = randomPattern(type, 1, 1);
    expect(pattern.length % tensorTypes[type].bytes).toBe(0);
    expect(randomPattern(type, 1, 1).equals(pattern)).toBe(true);
    expect(randomPattern(type, 1, 2).equals(pattern)).toBe(false);
  });
});

describe('a constant pattern', () => {
  it('has one value throughout', () => {
    const pattern = constantPattern(-1);
    expect(new Set(range(pattern.length / 4).map((i) => pattern.readFloatLE(i * 4)))).toEqual(new Set([-1]));
  });
});
