import { type TensorType, tensorTypes } from '../gguf/writer.ts';
import { seededIntegers } from '../smoke/qwen2.ts';

/** A prime, so that rows of any width begin elsewhere in the pattern each time it repeats. */
const patternBlocks = 16_381;

/** Scale of every part of a `Q4_K` block, out of 63, as its 12 bytes spell eight scales and eight minimums of it. */
const partScale = 33;
const partScaleBytes = [...Array.from({ length: 8 }, () => 0xa1), ...Array.from({ length: 4 }, () => 0x11)];

/** Scale of every part of a `Q6_K` block. */
const sixBitScale = 8;

/** The bits of a half-precision number; `value` is not negative and at most 65,504. */
function halfBits(value: number): number {
  const exponent = Math.max(Math.floor(Math.log2(value)), -14);
  return (exponent + 14) * 1024 + Math.round(value / 2 ** (exponent - 10));
}

/** Standard deviation of `levels` equally likely neighbouring integers. */
const uniformDeviation = (levels: number) => Math.sqrt((levels ** 2 - 1) / 12);

/** Root mean square of the sixteen values of MXFP4 (`kvalues_mxfp4` in ggml-common.h). */
const mxfp4Deviation = Math.sqrt(34.25);

type ScaleWriter = (pattern: Buffer, at: number, deviation: number) => void;

/**
 * Gives a block of random bits scales with which its values have a mean of about zero and the deviation wanted:
 * structs `block_*` in ggml-common.h, how they are read in `dequantize_row_*` of ggml-quants.c.
 */
const writeScales: Readonly<Record<Exclude<TensorType, 'F32'>, ScaleWriter>> = {
  Q5_0: (pattern, at, deviation) => {
    pattern.writeUInt16LE(halfBits(deviation / uniformDeviation(32)), at);
  },
  Q8_0: (pattern, at, deviation) => {
    pattern.writeUInt16LE(halfBits(deviation / uniformDeviation(256)), at);
  },
  Q4_K: (pattern, at, deviation) => {
    const scale = deviation / uniformDeviation(16) / partScale;
    pattern.writeUInt16LE(halfBits(scale), at);
    pattern.writeUInt16LE(halfBits(scale * 7.5), at + 2);
    pattern.set(partScaleBytes, at + 4);
  },
  Q6_K: (pattern, at, deviation) => {
    pattern.fill(sixBitScale, at + 192, at + 208);
    pattern.writeUInt16LE(halfBits(deviation / uniformDeviation(64) / sixBitScale), at + 208);
  },
  MXFP4: (pattern, at, deviation) => {
    // The scale is 2^(e - 128); there is none of zero, but this one is near enough.
    pattern[at] = deviation === 0 ? 0 : 128 + Math.round(Math.log2(deviation / mxfp4Deviation));
  },
};

/** 32-bit floats, uniform around zero with the deviation wanted. */
function floatPattern(next: () => number, deviation: number): Buffer {
  const pattern = Buffer.alloc(patternBlocks * 4);
  const range = deviation * Math.sqrt(12);
  for (let at = 0; at < pattern.length; at += 4) pattern.writeFloatLE((next() / 2 ** 32 - 0.5) * range, at);
  return pattern;
}

/** Random blocks of a type, the same for the same arguments. `seed` is not zero. */
export function randomPattern(type: TensorType, deviation: number, seed: number): Buffer {
  const next = seededIntegers(seed);
  if (type === 'F32') return floatPattern(next, deviation);
  const { bytes } = tensorTypes[type];
  const pattern = Buffer.alloc(patternBlocks * bytes);
  for (let at = 0; at + 4 <= pattern.length; at += 4) pattern.writeUInt32LE(next(), at);
  for (let at = 0; at < pattern.length; at += bytes) writeScales[type](pattern, at, deviation);
  return pattern;
}

/** As many equal 32-bit floats as a pattern has blocks. */
export function constantPattern(value: number): Buffer {
  const pattern = Buffer.alloc(patternBlocks * 4);
  for (let at = 0; at < pattern.length; at += 4) pattern.writeFloatLE(value, at);
  return pattern;
}
