import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure } from '../../../../src/errors/catalogue.ts';
import type { UsageReport } from '../../../../src/gateway/ledger/usage-report.ts';
import { TemporaryAppliance } from './temporary-appliance.ts';

let appliance: TemporaryAppliance;
let asked: string[];
beforeEach(() => {
  appliance = new TemporaryAppliance();
  asked = [];
  appliance.usage = (query) => {
    asked.push(`${query}`);
    return report();
  };
});
afterEach(() => appliance.remove());

const figures = {
  object: 'usage',
  outcomes: { done: 1, left: 0, refused: 0, failed: 2 },
  input_cached_tokens: 500,
  output_tokens: 70,
  seconds: { queued: 1, prompt: 2, answer: 3 },
} as const;

function report(changes: Partial<UsageReport> = {}): UsageReport {
  return {
    object: 'list',
    from: '2026-10-23',
    to: '2026-11-21',
    group_by: ['key', 'model'],
    has_more: false,
    data: [
      { ...figures, key: 'ana', model: 'big', num_model_requests: 3, input_tokens: 1_234_567 },
      { ...figures, key: 'bob', model: 'big', num_model_requests: 12, input_tokens: 9 },
    ],
    ...changes,
  };
}

describe('onepilot usage', () => {
  it('shows what each key used of each model in the last 30 days, with the sum', async () => {
    const { code, stdout } = await appliance.onepilot('usage');
    expect(code).toBe(0);
    expect(asked).toEqual(['from=2026-10-23&to=2026-11-21&group_by=key%2Cmodel']);
    expect(stdout.split('\n')).toEqual([
      'Use from 2026-10-23 to 2026-11-21 (UTC):',
      '',
      'key  model  requests  failed  tokens in  from cache  tokens out',
      'ana  big           3       2  1,234,567         500          70',
      'bob  big          12       2          9         500          70',
      'all               15       4  1,234,576       1,000         140',
      '',
    ]);
  });

  it('asks for other days, dimensions and one key', async () => {
    await appliance.onepilot('usage', '--days', '1', '--by', 'day,dialect', '--key', 'ana');
    expect(asked).toEqual(['from=2026-11-21&to=2026-11-21&group_by=day%2Cdialect&key=ana']);
  });

  it('shows what the tokens would have cost', async () => {
    const [ana] = report().data;
    const data = ana ? [{ ...ana, cost: { value: 7.5, currency: 'USD' } }] : [];
    appliance.usage = () => report({ data });
    const { stdout } = await appliance.onepilot('usage');
    expect(stdout).toMatch(/tokens out +USD\nana .* 7\.50\n/);
    expect(stdout).toContain('ONEAPP_COPILOT_USAGE_PRICE');
  });

  it('shows what upstreams charged in each currency, beside the comparison', async () => {
    const [ana, bob] = report().data;
    const cost = { value: 7.5, currency: 'USD' };
    const charged = [
      { value: 1.25, currency: 'USD' },
      { value: 0.5, currency: 'EUR' },
    ];
    const data =
      ana && bob
        ? [
            { ...ana, cost, charged },
            { ...bob, cost, charged: [] },
          ]
        : [];
    appliance.usage = () => report({ data });
    const { stdout } = await appliance.onepilot('usage');
    const lines = stdout.split('\n').map((line) => line.replace(/^.*tokens out|^.* (?:70|140)(?= )/, ''));
    expect(lines.slice(2, 6).map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['USD', 'charged EUR', 'charged USD'],
      ['7.50', '0.50', '1.25'],
      ['7.50', '0.00', '0.00'],
      ['15.00', '0.50', '1.25'],
    ]);
    expect(stdout).toContain('ONEAPP_COPILOT_UPSTREAMS');
  });

  it('says that nothing was used', async () => {
    appliance.usage = () => report({ data: [], from: '2026-11-21' });
    expect((await appliance.onepilot('usage', '--days', '1')).stdout).toBe(
      'No request for a model on 2026-11-21 (UTC).\n',
    );
  });

  it('gives programs the answer of the gateway', async () => {
    const { stdout } = await appliance.onepilot('usage', '--json');
    expect(JSON.parse(stdout)).toEqual(report());
  });

  it.each([
    [['--days', '0'], 'from 1 to 3650'],
    [['--days', 'x'], 'from 1 to 3650'],
    [['--by', 'day,colour'], 'destination'],
    [['--by', ''], 'destination'],
  ])('refuses %j', async (options, what) => {
    const { code, stderr } = await appliance.onepilot('usage', ...options);
    expect({ code, asked }).toEqual({ code: 2, asked: [] });
    expect(stderr).toContain(what);
  });

  it('ends with the reason when the gateway does not tell', async () => {
    appliance.usage = () => {
      throw failure('GATEWAY_USAGE_UNTOLD', { reason: 'No disk.' });
    };
    const { code, stderr } = await appliance.onepilot('usage');
    expect(code).toBe(1);
    expect(stderr).toContain('No disk.');
  });
});
