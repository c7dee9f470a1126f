import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkGguf } from '../../../src/models/gguf/header.ts';
import { writeGguf } from '../../../src/models/gguf/writer.ts';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'onepilot-gguf-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const bytes = writeGguf(
  {
    'general.architecture': { kind: 'string', value: 'qwen2' },
    'test.count': { kind: 'uint32', value: 7 },
    'test.ratio': { kind: 'float32', value: 0.5 },
    'test.flag': { kind: 'bool', value: true },
    'test.numbers': { kind: 'int32s', value: [-1, 0, 1] },
    // Longer than the reader's window.
    'test.words': { kind: 'strings', value: Array.from({ length: 90_000 }, (_, i) => `Ġword${i}`) },
  },
  [
    { name: 'first', dimensions: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    { name: 'second', dimensions: [5], data: Float32Array.of(1, 2, 3, 4, 5) },
  ],
);

function file(content: Uint8Array | string): string {
  const path = join(directory, 'model.gguf');
  writeFileSync(path, content);
  return path;
}

function patched(offset: number, ...values: number[]): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy.set(values, offset);
  return copy;
}

describe('checkGguf', () => {
  it('reads counts and size from a whole file', () => {
    const header = checkGguf(file(bytes));
    expect(header).toMatchObject({ version: 3, fileSize: bytes.length });
    expect(header.tensors).toEqual([
      { name: 'first', dimensions: [3, 2], type: 0, bytes: 24 },
      { name: 'second', dimensions: [5], type: 0, bytes: 20 },
    ]);
    expect(Object.fromEntries(header.metadata)).toEqual({
      'general.architecture': 'qwen2',
      'test.count': 7,
      'test.ratio': 0.5,
      'test.flag': true,
      'test.numbers': [-1, 0, 1],
      'test.words': { texts: 90_000, gapMarks: new Set() },
    });
    // The last tensor's 20 bytes are padded to 32.
    expect(header.requiredSize).toBe(bytes.length - 12);
  });

  it('reads version 2', () => {
    expect(checkGguf(file(patched(4, 2))).version).toBe(2);
  });

  it.each([
    ['in the magic', 3],
    ['in the counts', 12],
    ['in the metadata', 2000],
    ['in the tensor table', bytes.length - 100],
    ['in the last tensor', bytes.length - 13],
  ])('reports a file that ends %s', (where, length) => {
    const path = file(bytes.subarray(0, length));
    const code = where === 'in the magic' ? 'MODEL_NOT_GGUF' : 'MODEL_TRUNCATED';
    expect(() => checkGguf(path)).toThrow(expect.objectContaining({ code }));
    expect(() => checkGguf(path)).toThrow(path);
  });

  it.each([
    ['an empty file', '', 'it is empty'],
    ['a web page', '<!DOCTYPE html>', 'it begins with "<!DO"'],
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\n', 'it begins with "vers"'],
    ['version 1', patched(4, 1), 'GGUF version 1'],
    ['the other byte order', patched(4, 0, 0, 0, 3), 'GGUF version 50331648'],
    [
      'impossible counts',
      patched(8, 255, 255, 255, 255, 255, 255, 255, 255),
      'count of 18446744073709551615',
    ],
    ['a name too long', patched(26, 1), 'a name of 65556 bytes'],
  ])('refuses %s', (_, content, reason) => {
    const path = file(content);
    expect(() => checkGguf(path)).toThrow(expect.objectContaining({ code: 'MODEL_NOT_GGUF' }));
    expect(() => checkGguf(path)).toThrow(reason);
  });

  it('leaves a missing file to its caller', () => {
    expect(() => checkGguf(join(directory, 'absent.gguf'))).toThrow(
      expect.objectContaining({ code: 'ENOENT' }),
    );
  });
});

describe('writeGguf', () => {
  it('refuses data that do not fill the dimensions', () => {
    expect(() => writeGguf({}, [{ name: 'odd', dimensions: [2, 2], data: new Float32Array(3) }])).toThrow(
      'odd: 3 elements instead of 4',
    );
  });
});
