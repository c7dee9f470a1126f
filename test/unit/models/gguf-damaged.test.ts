import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OnePilotError } from '../../../src/errors/catalogue.ts';
import { ModelFacts } from '../../../src/models/facts.ts';
import { readAdapterFacts, readModelFacts } from '../../../src/models/gguf/read-facts.ts';
import { type MetadataValue, writeGguf } from '../../../src/models/gguf/writer.ts';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'onepilot-damaged-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function file(content: Uint8Array): string {
  const path = join(directory, 'model.gguf');
  writeFileSync(path, content);
  return path;
}

const tensors = [
  { name: 'token_embd.weight', dimensions: [4, 8], data: new Float32Array(32) },
  { name: 'blk.0.attn_k.weight', dimensions: [4, 4], data: new Float32Array(16) },
  { name: 'blk.1.ssm_out.weight', dimensions: [4, 4], data: new Float32Array(16) },
];

const number = (value: number): MetadataValue => ({ kind: 'uint32', value });

function model(more: Readonly<Record<string, MetadataValue>> = {}): Uint8Array {
  return writeGguf(
    {
      'general.architecture': { kind: 'string', value: 'llama' },
      'llama.block_count': number(2),
      'llama.embedding_length': number(4),
      'llama.context_length': number(2048),
      'llama.attention.head_count': number(2),
      'llama.ssm.inner_size': number(4),
      'llama.ssm.state_size': number(4),
      ...more,
    },
    tensors,
  );
}

/** `content` with `count` in the place of its number of tensors (8) or of metadata (16). */
function withCount(content: Uint8Array, offset: number, count: number): Uint8Array {
  const copy = Buffer.from(content);
  copy.writeBigUInt64LE(BigInt(count), offset);
  return copy;
}

/** What is read of `content`; undefined where the catalogue has an error for it. Other errors are thrown. */
function facts(content: Uint8Array): ModelFacts | undefined {
  const path = file(content);
  try {
    readAdapterFacts(path);
  } catch (error) {
    if (!(error instanceof OnePilotError)) throw error;
  }
  try {
    return readModelFacts(path);
  } catch (error) {
    if (error instanceof OnePilotError) return undefined;
    throw error;
  }
}

describe('a header that claims what no model has', () => {
  it.each<[string, Uint8Array, string]>([
    ['more blocks than fit into memory', model({ 'llama.block_count': number(4_294_967_295) }), 'blocks'],
    [
      'fewer than no blocks that guess',
      model({ 'llama.nextn_predict_layers': { kind: 'float32', value: -2_000_000_000 } }),
      'to guess',
    ],
    ['no context', model({ 'llama.context_length': number(0) }), 'trainedContextSize'],
    ['half a width', model({ 'llama.embedding_length': { kind: 'float32', value: 4.5 } }), 'width'],
    [
      'an endless context',
      model({ 'llama.context_length': { kind: 'float32', value: Number.POSITIVE_INFINITY } }),
      'trainedContextSize',
    ],
    ['attention without heads', model({ 'llama.attention.head_count': number(0) }), 'attention.0.keys'],
    ['an odd alignment', model({ 'general.alignment': number(33) }), 'alignment'],
    ['too many tensors', withCount(model(), 8, 25_000_000), '25000000 tensors'],
    ['too many metadata', withCount(model(), 16, 25_000_000), '25000000 entries of metadata'],
    [
      'an architecture that would write into messages',
      model({ 'general.architecture': { kind: 'string', value: 'a\n[model]' } }),
      'no architecture',
    ],
  ])('is refused: %s', (_, content, reason) => {
    const path = file(content);
    expect(() => readModelFacts(path)).toThrow(expect.objectContaining({ code: 'MODEL_NOT_GGUF' }));
    expect(() => readModelFacts(path)).toThrow(reason);
  });

  it('is refused as soon as it is longer than any header', () => {
    const words = { kind: 'strings', value: ['x'.repeat(70 * 2 ** 20)] } as const;
    expect(() => readModelFacts(file(model({ 'test.words': words })))).toThrow('its header has more than');
  });
});

describe('whatever a file holds', () => {
  it('a whole model is read', () => {
    expect(facts(model())).toMatchObject({ blocks: 2, width: 4, attention: [{ keys: 4 }] });
  });

  it('damage of a header ends in facts that could be or in an error of the catalogue', () => {
    const content = model();
    const byte = fc.record({
      at: fc.nat({ max: content.length - 1 }),
      value: fc.constantFrom(0, 1, 127, 128, 255),
    });
    fc.assert(
      fc.property(fc.array(byte, { minLength: 1, maxLength: 8 }), fc.boolean(), (damage, isCut) => {
        const copy = Uint8Array.from(content);
        for (const { at, value } of damage) copy[at] = value;
        const read = facts(isCut ? copy.subarray(0, damage[0]?.at) : copy);
        if (read) expect(ModelFacts.safeParse(read).success).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('so does what is written behind the magic', () => {
    const anything = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(anything, (bytes) => {
        expect(facts(Buffer.concat([Buffer.from('GGUF\x03\0\0\0'), bytes]))).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });
});
