import { describe, expect, it } from 'vitest';
import { recordGenerated } from '../../../../src/keys/record.ts';
import { chatBody } from '../relay-world.ts';
import { ReloadWorld } from '../reload-world.ts';
import { authorization, configurationWith, testApp } from '../support.ts';

const adminKey = 'sk-admin';
const admin = { ...recordGenerated('admin', adminKey), scopes: ['admin'] as const };

async function scrape(
  remoteAddress: string,
  {
    metricsNetworks,
    headers = {},
  }: { metricsNetworks?: readonly string[]; headers?: Record<string, string> },
) {
  const keys = [...configurationWith().keys, admin];
  const configuration = configurationWith({ keys, ...(metricsNetworks && { metricsNetworks }) });
  const app = testApp({
    configuration,
    metrics: () => [{ name: 'x', help: 'X', type: 'gauge', samples: [{ labels: {}, value: 1 }] }],
  });
  const response = await app.inject({ url: '/metrics', remoteAddress, headers });
  await app.close();
  return { status: response.statusCode, type: response.headers['content-type'], body: response.body };
}

describe('who may read the metrics', () => {
  it('a key with the scope admin may, from anywhere', async () => {
    const headers = { authorization: `Bearer ${adminKey}` };
    expect(await scrape('203.0.113.9', { headers })).toEqual({
      status: 200,
      type: 'text/plain; version=0.0.4; charset=utf-8',
      body: '# HELP x X\n# TYPE x gauge\nx 1\n',
    });
  });

  it('a key without that scope may not, and nobody without a key', async () => {
    expect((await scrape('127.0.0.1', { headers: { authorization } })).status).toBe(403);
    expect((await scrape('127.0.0.1', {})).status).toBe(401);
  });

  it.each([
    ['10.1.2.3', 200],
    // As a socket shows IPv4 that listens on both.
    ['::ffff:10.1.2.3', 200],
    ['2001:db8::7', 200],
    ['11.1.2.3', 401],
    ['2001:db9::7', 401],
  ])('from the allowed networks no key is needed: %s gets %i', async (address, status) => {
    const metricsNetworks = ['10.0.0.0/8', '2001:db8::/32'];
    expect((await scrape(address, { metricsNetworks })).status).toBe(status);
  });
});

describe('the metrics of a gateway', () => {
  const world = new ReloadWorld();

  it('tell what was asked and how it is, and a scrape counts and wakes nothing', async () => {
    await world.gateway.close();
    const ledger = { directory: world.at('state'), days: 30 };
    const upstream = { id: 'far', upstreamId: 'far', role: 'chat', contextSize: 4096 } as const;
    await world.configure({
      keys: [admin, ...configurationWith().keys],
      ledger,
      upstreams: {
        socket: world.at('egress.sock'),
        list: [{ name: 'cloud', models: [upstream], fallback: false }],
      },
    });
    world.gateway = await world.start();
    world.fake.handler = (_request, response) =>
      response.end('data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
    await world.ask('/v1/chat/completions', { body: chatBody });
    const first = (await world.ask('/metrics', { key: adminKey })).text;
    const second = (await world.ask('/metrics', { key: adminKey })).text;

    const labels = 'dialect="openai-chat",model="chat-model",destination="local",outcome="done"';
    expect(first).toContain(`onepilot_requests_total{${labels}} 1\n`);
    expect(first).toContain('onepilot_queue_depth{model="fim-model"} 0\n');
    expect(first).toContain('onepilot_slots{model="chat-model"} 1\n');
    expect(first).toMatch(/onepilot_certificate_expiry_timestamp_seconds{certificate="own"} [12]\d{9}\n/);
    expect(first).toContain('onepilot_upstream_breaker_state{upstream="cloud",state="closed"} 1\n');
    expect(first).toContain('onepilot_ledger_rows_dropped_total 0\n');
    const counts = (text: string) =>
      text.split('\n').filter((line) => /^onepilot_(req|tok|queue)/.test(line));
    expect(counts(second)).toEqual(counts(first));
  });
});
