import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkout } from '../../../../src/builder/places.ts';
import { exposition } from '../../../../src/gateway/metrics/exposition.ts';
import { GatewayMetrics } from '../../../../src/gateway/metrics/gateway-metrics.ts';
import { Histogram } from '../../../../src/gateway/metrics/histogram.ts';
import { RequestMetrics } from '../../../../src/gateway/metrics/request-metrics.ts';
import { stateFamilies } from '../../../../src/gateway/metrics/state-families.ts';
import { served } from '../ledger/served.ts';

function linesOf(text: string, name: string): string[] {
  return text.split('\n').filter((line) => line.startsWith(name));
}

describe('the text that Prometheus reads', () => {
  it('has help, type and every sample of a family', () => {
    const samples = [
      { labels: { model: 'a', kind: 'prompt' }, value: 3 },
      { labels: {}, value: 0.25 },
    ];
    expect(exposition([{ name: 'x_total', help: 'Of x', type: 'counter', samples }])).toBe(
      '# HELP x_total Of x\n# TYPE x_total counter\nx_total{model="a",kind="prompt"} 3\nx_total 0.25\n',
    );
  });

  it('leaves out a family that has nothing to tell', () => {
    expect(exposition([{ name: 'x', help: 'Of x', type: 'gauge', samples: [] }])).toBe('');
  });

  it('escapes what would end a label', () => {
    const samples = [{ labels: { key: 'a"b\\c\nd' }, value: 1 }];
    expect(exposition([{ name: 'x', help: 'Of\nx\\', type: 'gauge', samples }])).toBe(
      '# HELP x Of\\nx\\\\\n# TYPE x gauge\nx{key="a\\"b\\\\c\\nd"} 1\n',
    );
  });

  it('writes numbers that are none as Prometheus does', () => {
    const samples = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((value) => ({
      labels: {},
      value,
    }));
    const text = exposition([{ name: 'x', help: '', type: 'gauge', samples }]);
    expect(linesOf(text, 'x ')).toEqual(['x NaN', 'x +Inf', 'x -Inf']);
  });
});

describe('a histogram', () => {
  it('counts a value in its bucket and in all above, a bound in its own', () => {
    const histogram = new Histogram('t_seconds', 'T', ['model'], [1, 10]);
    for (const value of [0.5, 1, 2, 11, Number.NaN, -1]) histogram.observe({ model: 'm' }, value);
    expect(linesOf(exposition([histogram.family]), 't_seconds')).toEqual([
      't_seconds_bucket{model="m",le="1"} 2',
      't_seconds_bucket{model="m",le="10"} 3',
      't_seconds_bucket{model="m",le="+Inf"} 4',
      't_seconds_sum{model="m"} 14.5',
      't_seconds_count{model="m"} 4',
    ]);
  });
});

describe('the metrics of requests', () => {
  const textAfter = (...all: Parameters<typeof served>) => {
    const metrics = new RequestMetrics();
    for (const changes of all) metrics.account(served(changes));
    return exposition(metrics.families);
  };

  it('count requests by dialect, model, destination and outcome, and errors by code', () => {
    const metrics = new RequestMetrics();
    metrics.account(served());
    metrics.account(served());
    metrics.account(served({ outcome: 'refused', code: 'queue_full' }));
    const text = exposition(metrics.families);
    const labels = 'dialect="openai-chat",model="chat-model",destination="local"';
    expect(linesOf(text, 'onepilot_requests_total')).toEqual([
      `onepilot_requests_total{${labels},outcome="done"} 2`,
      `onepilot_requests_total{${labels},outcome="refused"} 1`,
    ]);
    expect(linesOf(text, 'onepilot_request_errors_total')).toEqual([
      'onepilot_request_errors_total{code="queue_full"} 1',
    ]);
  });

  it('count tokens by kind, and those of each key', () => {
    const text = textAfter({ key: 'bob' });
    expect(linesOf(text, 'onepilot_tokens_total{').map((line) => line.split('kind=')[1])).toEqual([
      '"prompt"} 100',
      '"cached"} 40',
      '"answer"} 10',
    ]);
    expect(linesOf(text, 'onepilot_key_tokens_total{')).toEqual([
      'onepilot_key_tokens_total{key="bob",kind="prompt"} 100',
      'onepilot_key_tokens_total{key="bob",kind="answer"} 10',
    ]);
  });

  it('tell a wait of minutes from one of an hour', () => {
    const text = textAfter({ ms: { queued: 700_000, firstToken: 800_000, total: 1_900_000 } });
    const wait = linesOf(text, 'onepilot_queue_wait_seconds_bucket').map((line) => line.split('le=')[1]);
    expect(wait.slice(-4)).toEqual(['"600"} 0', '"1200"} 1', '"2400"} 1', '"+Inf"} 1']);
    const first = linesOf(text, 'onepilot_time_to_first_token_seconds_bucket').map(
      (line) => line.split('le=')[1],
    );
    expect(first.slice(-4)).toEqual(['"1200"} 0', '"2400"} 1', '"4800"} 1', '"+Inf"} 1']);
  });

  it.each([
    { outcome: 'refused', code: 'queue_full' },
    { outcome: 'failed', code: 'engine_loading' },
    { outcome: 'left' },
  ] as const)('tell no wait of a request that had no turn: %j', (how) => {
    const text = textAfter({ ...how, ms: { total: 30 } });
    expect(linesOf(text, 'onepilot_queue_wait_seconds')).toEqual([]);
  });

  it('tell the wait of a request that was refused in its turn', () => {
    const ms = { queued: 700, total: 900 };
    const text = textAfter({ outcome: 'refused', code: 'context_length_exceeded', ms });
    expect(linesOf(text, 'onepilot_queue_wait_seconds_sum')).toEqual([
      'onepilot_queue_wait_seconds_sum{model="chat-model"} 0.7',
    ]);
  });

  it.each([
    ['as the engine measured it', { queued: 0, firstToken: 100, answer: 500, total: 9999 }, 0.05],
    ['from the first token on where it did not', { queued: 50, firstToken: 100, total: 1050 }, 0.1],
  ])('tell the time between tokens %s', (_, ms, seconds) => {
    const text = textAfter({ ms });
    expect(linesOf(text, 'onepilot_inter_token_seconds_sum')[0]).toMatch(new RegExp(` ${seconds}$`));
  });

  it('tell no time between tokens of an answer that has one', () => {
    const text = textAfter({ tokens: { prompt: 9, cached: 0, answer: 1 } });
    expect(linesOf(text, 'onepilot_inter_token_seconds')).toEqual([]);
  });
});

describe('the metrics of the moment', () => {
  it('tell queue, models, breakers, certificate and ledger as they are', () => {
    const text = exposition(
      stateFamilies({
        inFlight: () => 2,
        queue: () => [{ model: 'm', waiting: 4, running: 2, slots: 3 }],
        models: () => [{ model: 'm', residence: 'shed' }],
        breakers: () => [{ upstream: 'cloud', state: 'half-open' }],
        certificateExpiries: () => [
          { certificate: 'own', at: 1_800_000_000_000 },
          { certificate: 'trusted', at: 1_900_000_000_000 },
        ],
        plainCounts: () => [{ outcome: 'redirect', count: 6 }],
        ledger: () => ({ written: 5, dropped: 1, waiting: 2, failures: 1, movedAside: 0 }),
      }),
    );
    const values = text.split('\n').filter((line) => !line.startsWith('#'));
    expect(values).toEqual(
      expect.arrayContaining([
        'onepilot_requests_in_flight 2',
        'onepilot_queue_depth{model="m"} 4',
        'onepilot_requests_running{model="m"} 2',
        'onepilot_slots{model="m"} 3',
        'onepilot_engine_up 0',
        'onepilot_model_state{model="m",state="shed"} 1',
        'onepilot_model_state{model="m",state="loaded"} 0',
        'onepilot_upstream_breaker_state{upstream="cloud",state="half-open"} 1',
        'onepilot_upstream_breaker_state{upstream="cloud",state="closed"} 0',
        'onepilot_certificate_expiry_timestamp_seconds{certificate="own"} 1800000000',
        'onepilot_certificate_expiry_timestamp_seconds{certificate="trusted"} 1900000000',
        'onepilot_plain_http_requests_total{outcome="redirect"} 6',
        'onepilot_ledger_rows_dropped_total 1',
      ]),
    );
  });

  it('leave out what is not there', () => {
    expect(exposition(stateFamilies({}))).toBe('');
  });

  it('tell how the process is, and a stall of its event loop', async () => {
    const metrics = new GatewayMetrics({});
    metrics.start();
    await new Promise((resolve) => setTimeout(resolve, 150));
    const end = performance.now() + 300;
    while (performance.now() < end);
    await new Promise((resolve) => setTimeout(resolve, 150));
    const text = exposition(metrics.families);
    metrics.stop();
    const value = (name: string) => Number(linesOf(text, `${name} `)[0]?.split(' ')[1]);
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(10 * 2 ** 20);
    expect(value('onepilot_event_loop_longest_lag_seconds')).toBeGreaterThan(0.2);
    expect(value('onepilot_event_loop_busy_seconds_total')).toBeGreaterThan(0.2);
  });
});

it('every metric is documented', () => {
  const page = readFileSync(join(checkout, 'docs/usage.md'), 'utf8');
  const names = new GatewayMetrics({}).families.map(({ name }) => name.replace(/^onepilot_/, ''));
  expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
