import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeThrowawayCertificate } from '../../scripts/support/throwaway-certificate.ts';
import type { EgressUpstream } from '../../src/egress/configuration.ts';
import { createEgress } from '../../src/egress/server.ts';
import type { GatewayConfiguration } from '../../src/gateway/configuration.ts';
import { type Gateway, startGateway } from '../../src/gateway/start.ts';
import { generateKey, recordGenerated } from '../../src/keys/record.ts';
import { smokeAnswers, smokeToolCall, toolCallPhrase } from '../../src/models/smoke/answers.ts';
import { askOver } from './support/https.ts';
import { type Answer, type Engine, startEngine } from './support/llama-server.ts';

/** Two gateways, each with its own keys: `near` has no engine and asks `far`, which has one, through a real egress. */
let engine: Engine;
let far: Gateway;
let near: Gateway;
let directory: string;
let agent: Agent;
const egress = createEgress({ configuration: () => ({ upstreams }), log: () => {} });
let upstreams: EgressUpstream[] = [];
const keys = { far: generateKey(), near: generateKey() };

const drain = { goodbye: 50, deadline: 1000 };
const listen = { host: '127.0.0.1', port: 0 };

beforeAll(async () => {
  engine = await startEngine();
  directory = await mkdtemp(join(tmpdir(), 'onepilot-upstreams-'));
  const tls = await writeThrowawayCertificate(directory);
  const authority = await readFile(tls.authority, 'utf8');
  agent = new Agent({ ca: authority });
  const base: GatewayConfiguration = {
    tls,
    engine: { socket: engine.socketPath },
    status: '/nonexistent/status.json',
    keyStore: '/nonexistent/keys.json',
    models: [
      { id: 'onepilot-smoke', roles: ['chat', 'complete'], contextSize: 8192 },
      { id: 'onepilot-random', roles: ['chat'], contextSize: 8192 },
    ],
    keys: [recordGenerated('near-vm', keys.far)],
    problems: [],
  };
  far = await startGateway({ configuration: async () => base, listen, drain });

  const socket = join(directory, 'egress.sock');
  const url = `https://localhost:${far.port}/v1`;
  upstreams = [
    { name: 'far', url, key: keys.far, ca: authority },
    { name: 'locked', url, key: 'wrong-key', ca: authority },
  ];
  await new Promise<void>((resolve) => egress.listen(socket, resolve));

  const model = { role: 'chat', contextSize: 8192 } as const;
  const smoke = { ...model, id: 'elsewhere', upstreamId: 'onepilot-smoke' };
  const endless = { ...model, id: 'endless', upstreamId: 'onepilot-random' };
  const list = [
    { name: 'locked', fallback: true, models: [{ ...smoke, id: 'locked-away' }] },
    { name: 'far', fallback: true, models: [smoke, endless] },
  ];
  const nearby: GatewayConfiguration = {
    ...base,
    engine: { socket: join(directory, 'no-engine.sock') },
    models: [{ id: 'own', roles: ['chat'], contextSize: 8192 }],
    keys: [recordGenerated('ana', keys.near)],
    upstreams: { socket, list },
  };
  near = await startGateway({ configuration: async () => nearby, listen, drain });
});

afterAll(async () => {
  await near?.close();
  egress.closeAllConnections();
  egress.close();
  await far?.close();
  await engine?.stop();
  await rm(directory, { recursive: true });
});

const ask = (body: object, signal?: AbortSignal): Promise<Answer> =>
  askOver({ port: near.port, path: '/v1/chat/completions', key: keys.near, agent, body, signal });

const messages = [{ role: 'user', content: 'Hello' }];

describe('a model of another OnePilot', () => {
  it('answers under our name of it, and the answer says whose it is', async () => {
    const { status, headers, text } = await ask({ model: 'elsewhere', messages });
    expect(status).toBe(200);
    expect(headers['x-onepilot-served-by']).toBe('far');
    expect(JSON.parse(text)).toMatchObject({
      model: 'elsewhere',
      choices: [{ message: { content: smokeAnswers.chat }, finish_reason: 'stop' }],
      usage: { total_tokens: expect.any(Number) },
    });
  });

  it('streams, and calls tools', async () => {
    const tools = [
      { type: 'function', function: { name: smokeToolCall.name, parameters: { type: 'object' } } },
    ];
    const asked = [{ role: 'user', content: `Please ${toolCallPhrase}` }];
    const { text } = await ask({ model: 'elsewhere', messages: asked, tools, stream: true });
    expect(text).toContain(`"name":"${smokeToolCall.name}"`);
    expect(text.trimEnd()).toMatch(/data: \[DONE\]$/);
  });

  it('says in words clients know that a prompt is too long for it', async () => {
    const long = [{ role: 'user', content: 'word '.repeat(20_000) }];
    const { status, text } = await ask({ model: 'elsewhere', messages: long });
    expect(status).toBe(400);
    expect(JSON.parse(text).error).toMatchObject({
      code: 'context_length_exceeded',
      n_ctx: expect.any(Number),
    });
  });

  it('frees its slot when the client of this one leaves', async () => {
    const leave = new AbortController();
    const asked = ask(
      { model: 'endless', messages, stream: true, max_tokens: 8000, ignore_eos: true },
      leave.signal,
    );
    asked.catch(() => {});
    const busy = async () => {
      const slots: { is_processing: boolean }[] = JSON.parse(
        (await engine.call('/slots?model=onepilot-random')).text,
      );
      return slots.filter((slot) => slot.is_processing).length;
    };
    await expect.poll(busy, { timeout: 20_000 }).toBe(1);
    leave.abort();
    await expect.poll(busy, { timeout: 20_000 }).toBe(0);
  });

  it('whose key is wrong is no fault of the client’s key', async () => {
    const { status, text } = await ask({ model: 'locked-away', messages });
    expect(status).toBe(502);
    expect(JSON.parse(text).error.code).toBe('upstream_refused');
    expect(text).not.toMatch(/wrong-key|localhost/);
  });
});

describe('a model of this VM that is away', () => {
  it('is stood in for by the first upstream that can', async () => {
    const { status, headers, text } = await ask({ model: 'own', messages });
    expect(status).toBe(200);
    expect(headers['x-onepilot-served-by']).toBe('far');
    expect(JSON.parse(text).choices[0].message.content).toBe(smokeAnswers.chat);
  });
});
