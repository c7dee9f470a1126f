import { describe, expect, it } from 'vitest';
import type { Price } from '../../../../src/gateway/ledger/price.ts';
import type { UsageDimension, UsageQuery, UsageRow } from '../../../../src/gateway/ledger/usage.ts';
import { reportUsage } from '../../../../src/gateway/ledger/usage-report.ts';

const model = { upstreamId: 'theirs', role: 'chat', contextSize: 8192 } as const;
const dollars: Price = { input: 3, output: 15, currency: 'USD' };
const euros: Price = { input: 1, output: 2, currency: 'EUR' };
const upstreams = {
  socket: '/nonexistent/egress.sock',
  list: [
    {
      name: 'cloud',
      fallback: false,
      models: [
        { ...model, id: 'big', price: dollars },
        { ...model, id: 'small', price: { ...dollars, input: 1, output: 1 } },
        { ...model, id: 'free' },
      ],
    },
    { name: 'other', fallback: false, models: [{ ...model, id: 'big', price: euros }] },
  ],
};

/** A request of 1,000,000 tokens of prompt, 500,000 of them from a cache, and 100,000 of answer. */
const row = (changes: Partial<UsageRow>): UsageRow => ({
  requests: 1,
  done: 1,
  left: 0,
  refused: 0,
  failed: 0,
  promptTokens: 1_000_000,
  cachedTokens: 500_000,
  answerTokens: 100_000,
  queuedMs: 1000,
  promptMs: 0,
  answerMs: 500,
  ...changes,
});
const rows = [
  row({ key: 'ana', model: 'big', destination: 'cloud' }),
  row({ key: 'ana', model: 'big', destination: 'local' }),
  row({ key: 'ana', model: 'big', destination: 'other' }),
  row({ key: 'ana', model: 'small', destination: 'cloud' }),
  row({ key: 'bob', model: 'free', destination: 'cloud' }),
];

const asked: UsageQuery[] = [];
const report = (groupBy: readonly UsageDimension[], more = false, prices = { upstreams }) => {
  asked.length = 0;
  const read = async (query: UsageQuery) => {
    asked.push(query);
    return { rows, more };
  };
  return reportUsage({ from: '2026-03-21', to: '2026-03-21', groupBy }, read, prices);
};

describe('what upstreams charged', () => {
  it('is told by the prices of their models, one amount for each currency', async () => {
    const { group_by, data } = await report(['key']);
    expect(group_by).toEqual(['key']);
    expect(data.map(({ key, charged }) => ({ key, charged }))).toEqual([
      {
        key: 'ana',
        charged: [
          { value: 5.6, currency: 'USD' },
          { value: 1.2, currency: 'EUR' },
        ],
      },
      { key: 'bob', charged: [] },
    ]);
  });

  it('adds up the lines that it needed told apart, in their order', async () => {
    const { data } = await report(['key']);
    expect(asked).toMatchObject([{ groupBy: ['key', 'model', 'destination'] }]);
    expect(data[0]).toMatchObject({
      num_model_requests: 4,
      outcomes: { done: 4, left: 0, refused: 0, failed: 0 },
      input_tokens: 4_000_000,
      input_cached_tokens: 2_000_000,
      output_tokens: 400_000,
      seconds: { queued: 4, prompt: 0, answer: 2 },
    });
    expect(data[0]).not.toHaveProperty('model');
    expect(data[0]).not.toHaveProperty('destination');
  });

  it('is told of each line that has one model and destination', async () => {
    const { data } = await report(['model', 'destination', 'key']);
    expect(data).toHaveLength(5);
    expect(data[0]).toMatchObject({ destination: 'cloud', charged: [{ value: 4.5, currency: 'USD' }] });
  });

  it('leaves out a line of which parts may be missing', async () => {
    const { has_more, data } = await report(['key'], true);
    expect(has_more).toBe(true);
    expect(data.map(({ key }) => key)).toEqual(['ana']);
  });

  it('is left out where no upstream has a price, and nothing more is asked for it', async () => {
    const [cloud] = upstreams.list;
    const list = cloud ? [{ ...cloud, models: [{ ...model, id: 'free' }] }] : [];
    const { data } = await report(['key'], false, { upstreams: { ...upstreams, list } });
    expect(asked).toMatchObject([{ groupBy: ['key'] }]);
    expect(data[0]).not.toHaveProperty('charged');
  });
});
