import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readGgufFileInfo } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  alignedSize,
  ggufHead,
  type TensorInfo,
  tensorSize,
  writeGguf,
} from '../../../src/models/gguf/writer.ts';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'onepilot-gguf-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const tensors: readonly TensorInfo[] = [
  { name: 'first', dimensions: [256, 3], type: 'Q6_K' },
  { name: 'second', dimensions: [32, 2, 2], type: 'MXFP4' },
  { name: 'third', dimensions: [5], type: 'F32' },
];

describe('tensorSize', () => {
  it('counts whole blocks of the type', () => {
    expect(tensors.map(tensorSize)).toEqual([3 * 210, 4 * 17, 5 * 4]);
  });

  it('refuses rows that are no whole blocks', () => {
    expect(() => tensorSize({ name: 'odd', dimensions: [255, 256], type: 'Q4_K' })).toThrow(
      /odd: rows of 255/,
    );
  });
});

describe('ggufHead', () => {
  it('says to another reader what it was given', async () => {
    const head = ggufHead(
      {
        'general.architecture': { kind: 'string', value: 'mellum' },
        'mellum.block_count': { kind: 'uint32', value: 2 },
        'mellum.attention.sliding_window_pattern': { kind: 'bools', value: [true, false, true] },
      },
      tensors,
    );
    const path = join(directory, 'head.gguf');
    writeFileSync(
      path,
      Buffer.concat([head, Buffer.alloc(alignedSize(630) + alignedSize(68) + alignedSize(20))]),
    );
    const { metadata, fullTensorInfo } = await readGgufFileInfo(path);
    expect(metadata).toMatchObject({
      general: { architecture: 'mellum' },
      mellum: { block_count: 2, attention: { sliding_window_pattern: [true, false, true] } },
    });
    expect(
      fullTensorInfo?.map(({ name, dimensions, ggmlType, offset }) => [
        name,
        dimensions.map(Number),
        ggmlType,
        Number(offset),
      ]),
    ).toEqual([
      ['first', [256, 3], 14, 0],
      ['second', [32, 2, 2], 39, 640],
      ['third', [5], 0, 736],
    ]);
    expect(head.length % 32).toBe(0);
  });
});

describe('writeGguf', () => {
  it('refuses data of another length than the dimensions say', () => {
    expect(() => writeGguf({}, [{ name: 'short', dimensions: [2, 2], data: new Float32Array(3) }])).toThrow(
      'short: 3 elements instead of 4',
    );
  });
});
