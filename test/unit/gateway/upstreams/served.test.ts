import { describe, expect, it } from 'vitest';
import type { Served } from '../../../../src/gateway/accounts/served.ts';
import type { GatewayConfiguration } from '../../../../src/gateway/configuration.ts';
import { UpstreamWorld } from '../../egress/upstream-world.ts';
import { chunkOf, headersOf, RelayWorld, sse, textOf } from '../relay-world.ts';
import { authorization, configurationWith } from '../support.ts';

/** The gateway between a client and an upstream; the upstream's hooks run first. */
const upstream = new UpstreamWorld();
const accounts: Served[] = [];
const world = new RelayWorld({
  accountants: [(served) => void accounts.push(served)],
  // Where an answer comes from is told in a header as long as none had to go out before.
  timing: { commit: 10_000, heartbeat: 8000, padding: 10_000, stall: 10_000 },
  get configuration(): GatewayConfiguration {
    const model = { upstreamId: 'theirs', role: 'chat', contextSize: 8192 } as const;
    const list = [
      { name: 'gone', fallback: true, models: [{ ...model, id: 'lost' }] },
      { name: 'cloud', fallback: true, models: [{ ...model, id: 'big' }] },
    ];
    return configurationWith({ upstreams: { socket: upstream.socket, list } });
  },
});

const messages = [{ role: 'user', content: 'hi' }];
const path = '/v1/chat/completions';
const part = { choices: [{ index: 0, delta: { content: 'from afar' }, finish_reason: 'stop' }] };

const isAway = () => {
  world.fake.handler = (_request, response) =>
    void response.writeHead(503).end('{"error":{"code":503,"message":"Loading model"}}');
};
const answers = () => {
  upstream.handler = (_request, response) => void response.end(sse(part));
};

describe('a request for a model of an upstream', () => {
  it('is booked as the upstream’s when that fails, too', async () => {
    upstream.handler = (_request, response) => void response.writeHead(500).end();
    accounts.length = 0;
    const { status } = await world.answer(path, { model: 'big', messages });
    expect(status).toBeGreaterThanOrEqual(500);
    expect(accounts).toMatchObject([{ destination: 'cloud', model: 'big', outcome: 'failed' }]);
  });

  it('keeps the client’s own limit of the answer, and gets none that it did not name', async () => {
    const bodies: unknown[] = [];
    upstream.handler = (_request, response, body) => {
      bodies.push(JSON.parse(body));
      response.end(sse(part));
    };
    await world.answer(path, { model: 'big', messages, max_completion_tokens: 100 });
    await world.answer(path, { model: 'big', messages });
    expect(bodies[0]).toMatchObject({ max_completion_tokens: 100 });
    expect(bodies[0]).not.toHaveProperty('max_tokens');
    expect(bodies[1]).not.toHaveProperty('max_tokens');
  });

  it('never reaches the engine, and its answer says whose it is', async () => {
    answers();
    const { status, headers, text } = await world.answer(path, { model: 'big', messages });
    expect([status, headers['x-onepilot-served-by']]).toEqual([200, 'cloud']);
    expect(JSON.parse(text)).toMatchObject({
      model: 'big',
      choices: [{ message: { content: 'from afar' } }],
    });
    expect(world.fake.requests).toEqual([]);
  });

  it('is not asked anything when Ollama’s client wants it loaded', async () => {
    let asked = 0;
    upstream.handler = (_request, response) => {
      asked += 1;
      response.end(sse(part));
    };
    for (const loading of ['/api/chat', '/api/generate']) {
      const { status, text } = await world.answer(loading, { model: 'big:latest', stream: false });
      expect([status, JSON.parse(text)]).toMatchObject([200, { done: true, done_reason: 'load' }]);
    }
    expect([asked, world.fake.requests]).toEqual([0, []]);
  });

  it('goes nowhere else when that fails', async () => {
    answers();
    const { status, text } = await world.answer(path, { model: 'lost', messages });
    expect([status, JSON.parse(text).error.code]).toEqual([502, 'upstream_failed']);
    expect([...world.fake.requests, ...upstream.requests]).toEqual([]);
  });

  it('is answered by this VM when another OnePilot forwarded it', async () => {
    answers();
    world.fake.handler = (_request, response) => void response.end(sse(part));
    const headers = { authorization, 'content-type': 'application/json', 'x-onepilot-forwarded': '1' };
    const response = await headersOf(world.post(path, { model: 'big', messages }, { headers }));
    expect(response.headers['x-onepilot-served-by']).toBe('local');
    await textOf(response);
    expect(upstream.requests).toEqual([]);
  });
});

describe('a request for a model of this VM', () => {
  it('stays here as long as the model answers', async () => {
    answers();
    world.fake.handler = (_request, response) => void response.end(sse(part));
    const { headers } = await world.answer(path, { messages });
    expect(headers['x-onepilot-served-by']).toBe('local');
    expect(upstream.requests).toEqual([]);
  });

  it.each([false, true])(
    'is answered by the first stand-in that can when it is away (stream %s)',
    async (stream) => {
      isAway();
      answers();
      const { status, headers, text } = await world.answer(path, { messages, stream });
      expect([status, headers['x-onepilot-served-by']]).toEqual([200, 'cloud']);
      expect(text).toContain('from afar');
    },
  );

  it('is not asked of a stand-in when it is at fault itself', async () => {
    answers();
    world.fake.handler = (_request, response) =>
      void response.writeHead(400).end('{"error":{"code":400,"message":"bad grammar"}}');
    expect((await world.answer(path, { messages })).status).toBe(400);
    expect(upstream.requests).toEqual([]);
  });

  it('is not asked again once a word of its answer has come', async () => {
    answers();
    world.fake.handler = (_request, response) => {
      response.write(chunkOf('Hel'), () => response.destroy());
    };
    const { text } = await world.answer(path, { messages, stream: true });
    expect(text).toContain('Hel');
    expect(text).not.toContain('from afar');
    expect(upstream.requests).toEqual([]);
  });
});
