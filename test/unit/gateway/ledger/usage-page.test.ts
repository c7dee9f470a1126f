import { type FastifyInstance, fastify } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GatewayConfiguration } from '../../../../src/gateway/configuration.ts';
import { inForce } from '../../../../src/gateway/in-force.ts';
import type { Usage, UsageQuery } from '../../../../src/gateway/ledger/usage.ts';
import { authentication } from '../../../../src/gateway/plugins/authentication.ts';
import { errors } from '../../../../src/gateway/plugins/errors.ts';
import { inForceAtStart } from '../../../../src/gateway/plugins/in-force.ts';
import { usagePage } from '../../../../src/gateway/plugins/usage-page.ts';
import type { KeyScope } from '../../../../src/keys/policy.ts';
import { recordGenerated } from '../../../../src/keys/record.ts';
import { emptyKeyStore } from '../../../../src/keys/store.ts';

const row = {
  requests: 3,
  done: 1,
  left: 1,
  refused: 0,
  failed: 1,
  promptTokens: 2_000_000,
  cachedTokens: 500_000,
  answerTokens: 100_000,
  queuedMs: 1500,
  promptMs: 2000,
  answerMs: 2500,
};

let app: FastifyInstance;
let asked: UsageQuery[];
let price: GatewayConfiguration['price'];
let usage: ((query: UsageQuery) => Promise<Usage>) | undefined;

beforeEach(() => {
  asked = [];
  price = undefined;
  usage = async (query) => {
    asked.push(query);
    return { rows: [{ day: '2026-03-21', ...row }], more: false };
  };
});
afterEach(() => app.close());

async function ask(query: string, scopes: readonly KeyScope[] = ['chat']) {
  const configuration: GatewayConfiguration = {
    tls: { own: '', authority: '' },
    engine: { socket: '' },
    status: '',
    keyStore: '',
    models: [],
    keys: [{ ...recordGenerated('ana', 'sk-ana'), scopes }],
    problems: [],
    ...(price && { price }),
  };
  app = fastify();
  await app.register(inForceAtStart, { live: { current: inForce(configuration, emptyKeyStore, '') } });
  await app.register(errors);
  await app.register(authentication);
  await app.register(usagePage, usage ? { usage } : {});
  const response = await app.inject({
    url: `/v1/usage${query}`,
    headers: { authorization: 'Bearer sk-ana' },
  });
  return { status: response.statusCode, headers: response.headers, body: response.json() };
}

describe('GET /v1/usage', () => {
  it('answers with a list as OpenAI has them', async () => {
    const { status, body } = await ask('?from=2026-03-01&to=2026-03-31&group_by=day');
    expect(status).toBe(200);
    expect(body).toEqual({
      object: 'list',
      from: '2026-03-01',
      to: '2026-03-31',
      group_by: ['day'],
      has_more: false,
      data: [
        {
          object: 'usage',
          day: '2026-03-21',
          num_model_requests: 3,
          outcomes: { done: 1, left: 1, refused: 0, failed: 1 },
          input_tokens: 2_000_000,
          input_cached_tokens: 500_000,
          output_tokens: 100_000,
          seconds: { queued: 1.5, prompt: 2, answer: 2.5 },
        },
      ],
    });
  });

  it('says what the tokens would have cost where a price is set', async () => {
    price = { input: 3, output: 15, currency: 'USD' };
    const { body } = await ask('');
    expect(body.data[0].cost).toEqual({ value: 7.5, currency: 'USD' });
  });

  it('shows a key its own figures alone', async () => {
    await ask('');
    expect(asked).toMatchObject([{ key: 'ana' }]);
  });

  it('refuses a key the figures of another', async () => {
    const { status, body } = await ask('?key=bob');
    expect({ status, code: body.error.code }).toEqual({ status: 403, code: 'scope_missing' });
    expect(asked).toEqual([]);
  });

  it('shows an admin all of them, or those of one key', async () => {
    await ask('?group_by=key', ['admin']);
    expect(asked[0]).not.toHaveProperty('key');
    await app.close();
    await ask('?key=bob', ['admin']);
    expect(asked[1]).toMatchObject({ key: 'bob' });
  });

  it('tells the last 30 days by day and model unless asked otherwise', async () => {
    await ask('?to=2026-03-30');
    expect(asked).toMatchObject([{ from: '2026-03-01', to: '2026-03-30', groupBy: ['day', 'model'] }]);
  });

  it.each(['?group_by=key&group_by=day', '?group_by=key,day', '?group_by[]=day&group_by[]=key'])(
    'takes several dimensions as %s',
    async (query) => {
      await ask(query);
      expect(asked).toMatchObject([{ groupBy: ['day', 'key'] }]);
    },
  );

  it.each([
    ['?from=yesterday', 'from'],
    ['?to=2026-02-30', 'to'],
    ['?from=2026-03-02&to=2026-03-01', 'from'],
    ['?group_by=day,colour', 'group_by'],
    ['?group_by=', 'group_by'],
  ])('refuses %s and says what is wrong', async (query, parameter) => {
    const { status, body } = await ask(query);
    expect({ status, param: body.error.param }).toEqual({ status: 400, param: parameter });
  });

  it('says that there are no figures where nothing is written down', async () => {
    usage = undefined;
    const { status, headers, body } = await ask('');
    expect({ status, code: body.error.code }).toEqual({ status: 503, code: 'usage_unreadable' });
    expect(headers['retry-after']).toBe('59');
  });
});
