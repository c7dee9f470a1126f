import { describe, expect, it } from 'vitest';
import { standingRefusals } from '../../../../src/models/selection/standing-refusals.ts';
import type { Refusal } from '../../../../src/models/store/refusals.ts';

const circumstances = { engine: 'one', memory: 4 * 2 ** 30, now: new Date('2026-11-21T04:00:00Z') };
const refusal = (changed: Partial<Refusal>): Refusal => ({
  model: 'a',
  reason: 'It does not load.',
  engine: 'one',
  at: '2026-11-21T03:00:00Z',
  ...changed,
});
const stands = (changed: Partial<Refusal>, now = circumstances) =>
  standingRefusals([refusal(changed)], now).length === 1;

describe('a refusal', () => {
  it('stands as long as the engine is the same', () => {
    expect(stands({ at: '2020-01-01T00:00:00Z', code: 'MODEL_CORRUPT' })).toBe(true);
    expect(stands({ engine: 'another' })).toBe(false);
  });

  it('for lack of memory ends with more of it, but not with a few pages more', () => {
    const tooBig = { code: 'MODEL_TOO_BIG', memory: circumstances.memory, at: '2020-01-01T00:00:00Z' };
    expect(stands(tooBig)).toBe(true);
    expect(stands(tooBig, { ...circumstances, memory: circumstances.memory + 4096 })).toBe(true);
    expect(stands(tooBig, { ...circumstances, memory: 2 * circumstances.memory })).toBe(false);
  });

  it('for no known reason ends after a day', () => {
    expect(stands({ code: 'MODEL_LOAD_FAILED' })).toBe(true);
    expect(stands({ code: 'MODEL_LOAD_FAILED', at: '2026-11-20T03:59:59Z' })).toBe(false);
  });
});
