import { describe, expect, it } from 'vitest';
import { misfit } from '../../../../src/models/selection/fit-adapters.ts';

const tensor = (name: string, ...dimensions: number[]) => ({ name, dimensions });
const model = [tensor('token_embd.weight', 64, 1000), tensor('blk.0.attn_q.weight', 64, 128)];
const pair = (name: string, a: readonly [number, number], b: readonly [number, number]) => [
  tensor(`${name}.lora_a`, ...a),
  tensor(`${name}.lora_b`, ...b),
];

describe('an adapter', () => {
  it('fits a model whose matrices have its sizes, whatever its own rank', () => {
    expect(misfit(pair('blk.0.attn_q.weight', [64, 8], [8, 128]), model)).toBeUndefined();
    expect(misfit(pair('token_embd.weight', [8, 1000], [8, 64]), model)).toBeUndefined();
  });

  it.each([
    [
      'a wider model',
      pair('blk.0.attn_q.weight', [128, 8], [8, 128]),
      'is 64 × 128 there and 128 × 128 here',
    ],
    [
      'a model with more blocks',
      pair('blk.1.attn_q.weight', [64, 8], [8, 128]),
      'the model has no blk.1.attn_q',
    ],
    [
      'a larger vocabulary',
      pair('token_embd.weight', [8, 2000], [8, 64]),
      'is 64 × 1000 there and 64 × 2000',
    ],
    ['nothing, half of it missing', [tensor('blk.0.attn_q.weight.lora_a', 64, 8)], 'without its counterpart'],
  ])('does not fit when it was made for %s', (_, adapter, reason) => {
    expect(misfit(adapter, model)).toContain(reason);
  });
});
