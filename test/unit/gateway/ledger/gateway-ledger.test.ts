import { statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { askUsage } from '../../../../src/gateway/control-client.ts';
import { Ledger } from '../../../../src/gateway/ledger/ledger.ts';
import { chatBody } from '../relay-world.ts';
import { ReloadWorld } from '../reload-world.ts';
import { served } from './served.ts';

const world = new ReloadWorld();

const answer =
  'data: {"choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":"stop"}],"timings":{"cache_n":30,"prompt_n":12,"prompt_ms":50,"predicted_n":7,"predicted_ms":90}}\n\ndata: [DONE]\n\n';

describe('a gateway with a ledger', () => {
  it('tells client and root what a request used, before and after a restart', async () => {
    await world.gateway.close();
    const ledger = { directory: world.at('state'), days: 30 };
    await world.configure({ ledger, price: { input: 10, output: 100, currency: 'USD' } });
    world.gateway = await world.start();
    world.fake.handler = (_request, response) => response.end(answer);
    expect((await world.ask('/v1/chat/completions', { body: chatBody })).status).toBe(200);

    const figures = {
      num_model_requests: 1,
      outcomes: { done: 1, left: 0, refused: 0, failed: 0 },
      input_tokens: 42,
      input_cached_tokens: 30,
      output_tokens: 7,
      cost: { value: 0.00112, currency: 'USD' },
    };
    const own = JSON.parse((await world.ask('/v1/usage?group_by=key,dialect')).text);
    expect(own.data).toMatchObject([{ ...figures, key: 'team', dialect: 'openai-chat' }]);

    await world.gateway.close();
    world.gateway = await world.start();
    const query = new URLSearchParams({ group_by: 'model,destination' });
    const { data } = await askUsage(world.control, query);
    expect(data).toMatchObject([{ ...figures, model: 'chat-model', destination: 'local' }]);
    expect(statSync(ledger.directory).mode & 0o777).toBe(0o700);
  });

  it('tells client and root what upstreams charged, for days before their price was set too', async () => {
    await world.gateway.close();
    const ledger = new Ledger({ directory: world.at('state'), days: 30, log: () => {} });
    const now = Date.now();
    const tokens = { prompt: 2_000_000, cached: 0, answer: 100_000 };
    ledger.account(served({ at: now, key: 'team', model: 'big', destination: 'cloud', tokens }));
    ledger.account(served({ at: now, key: 'team' }));
    await ledger.close();
    const price = { input: 3, output: 15, currency: 'USD' };
    const models = [{ id: 'big', upstreamId: 'theirs', role: 'chat', contextSize: 8192, price } as const];
    const list = [{ name: 'cloud', fallback: false, models }];
    await world.configure({
      ledger: { directory: world.at('state'), days: 30 },
      upstreams: { socket: world.at('egress.sock'), list },
    });
    world.gateway = await world.start();

    const charged = [{ value: 7.5, currency: 'USD' }];
    const told = [{ key: 'team', num_model_requests: 2, input_tokens: 2_000_100, charged }];
    const own = JSON.parse((await world.ask('/v1/usage?group_by=key')).text);
    expect(own.data).toMatchObject(told);
    const { data } = await askUsage(world.control, new URLSearchParams({ group_by: 'key' }));
    expect(data).toMatchObject(told);
  });

  it('serves on when the ledger cannot be written, and says so once', async () => {
    await world.gateway.close();
    // A file where the directory should be: root may write anywhere else.
    await writeFile(world.at('state'), '');
    await world.configure({ ledger: { directory: world.at('state'), days: 30 } });
    world.gateway = await world.start('warn');
    world.fake.handler = (_request, response) => response.end(answer);
    for (let count = 0; count < 3; count += 1) {
      expect((await world.ask('/v1/chat/completions', { body: chatBody })).status).toBe(200);
    }
    expect((await world.ask('/v1/usage')).status).toBe(503);
    const said = () => world.log.filter((line) => line.includes('ledger cannot be written'));
    await vi.waitFor(() => expect(said()).toHaveLength(1), 5000);
    await world.gateway.close();
    world.gateway = await world.start('warn');
    expect(said()).toHaveLength(1);
  });

  it('starts with a new ledger where the old one is damaged, and says so', async () => {
    await world.gateway.close();
    await mkdir(world.at('state'));
    await writeFile(world.at('state/ledger.db'), 'no database at all. '.repeat(300));
    await world.configure({ ledger: { directory: world.at('state'), days: 30 } });
    world.gateway = await world.start('warn');
    expect((await world.ask('/v1/usage')).status).toBe(200);
    expect(world.log.filter((line) => line.includes('the ledger was damaged'))).toHaveLength(1);
  });

  it('refuses root a question that makes no sense, with the reason', async () => {
    await expect(askUsage(world.control, new URLSearchParams({ from: 'x' }))).rejects.toMatchObject({
      code: 'GATEWAY_USAGE_UNTOLD',
      message: expect.stringContaining('a day in UTC'),
    });
  });
});
