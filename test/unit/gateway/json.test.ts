import { describe, expect, it } from 'vitest';
import { parseJson, serialiseForEngine, TooDeep } from '../../../src/gateway/json.ts';

describe('serialiseForEngine', () => {
  it.each([
    ['a pair', '🚀', '🚀'],
    ['half a pair', 'a\ud83d', 'a\ufffd'],
    ['the other half', '\ude80b', '\ufffdb'],
    ['two halves in a row', '\ud83d\ud83d', '\ufffd\ufffd'],
    ['a backslash before half a pair', '\\\ud83d', '\\\ufffd'],
    ['text that looks like an escape', '\\ud83d', '\\ud83d'],
  ])('keeps or mends %s', (_name, text, expected) => {
    expect(JSON.parse(serialiseForEngine({ text }))).toEqual({ text: expected });
  });
});

describe('parseJson', () => {
  const nested = (levels: number) => `${'[{"a":'.repeat(levels / 2)}1${'}]'.repeat(levels / 2)}`;

  it('takes what anybody could mean, and nothing that is nested beyond reason', () => {
    expect(JSON.stringify(parseJson(nested(256)))).toBe(nested(256));
    expect(() => parseJson(nested(258))).toThrow(TooDeep);
    expect(() => parseJson(nested(200_000))).toThrow(TooDeep);
  });
});
