import { once } from 'node:events';
import { readdir, readFile, truncate } from 'node:fs/promises';
import { request } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorization, configurationWith, portOf, testApp } from '../unit/gateway/support.ts';
import { type OddRequest, oddRequests } from './hygiene/odd-requests.ts';
import {
  childrenOf,
  journalOf,
  section,
  startUnitEngine,
  type UnitEngine,
  until,
} from './hygiene/unit-engine.ts';

const marker = 'zqmarkerzq';
const model = 'onepilot-smoke';

let engine: UnitEngine;
let gateway: FastifyInstance;

beforeAll(async () => {
  engine = await startUnitEngine(
    ({ smoke, random }) =>
      `version = 1\n\n${section(model, smoke)}\n${section('damaged', random)}\n${section('misled', smoke)}cache-type-k = nonsense\n`,
  );
  await until(async () => (await engine.client.models())?.get(model) === 'loaded');
  const models = [{ id: model, roles: ['chat' as const, 'complete' as const], contextSize: 4096 }];
  gateway = testApp({ configuration: configurationWith({ models }) }, engine.socket);
  await gateway.listen({ port: 0, host: '127.0.0.1' });
});

afterAll(async () => {
  await gateway?.close();
  await engine?.stop();
});

type Target = { readonly socketPath: string } | { readonly host: string; readonly port: number };

/** The status; 0 where the connection broke. */
async function send(target: Target, { path, method = 'POST', headers, body }: OddRequest): Promise<number> {
  const outgoing = request({ ...target, path, method, headers: { authorization, ...headers }, agent: false });
  outgoing.end(body);
  try {
    const [response] = await once(outgoing, 'response');
    response.resume();
    await once(response, 'end');
    return response.statusCode;
  } catch {
    return 0;
  }
}

describe('what the engine prints', () => {
  it('of requests is nothing that the journal keeps, whatever is wrong with them', async () => {
    const behindGateway = { host: '127.0.0.1', port: portOf(gateway.server) };
    for (const odd of oddRequests(marker, model)) {
      expect(await send({ socketPath: engine.socket }, odd), String(odd.body).slice(0, 200)).not.toBe(0);
      await send(behindGateway, odd);
    }
    const printed = engine.printed();
    // Without the journal's filter it would be there: grammars go to stderr past all verbosity.
    expect(printed).toContain(marker);
    expect(printed).not.toContain('got exception');
    const kept = await journalOf(printed);
    expect(kept.filter((line) => line.includes(marker))).toEqual([]);
    expect((await engine.client.models())?.get(model)).toBe('loaded');
  });

  it('of a model that it cannot load is kept', async () => {
    await engine.client.unload('damaged');
    await until(async () => (await engine.client.models())?.get('damaged') === 'unloaded');
    await truncate(`${engine.directory}/onepilot-random.gguf`, 60_000);
    await engine.client.load('damaged');
    await until(async () => (await engine.client.models())?.get('damaged') === 'failed');
    const kept = (await journalOf(engine.printed())).join('\n');
    expect(kept).toContain('error loading model: tensor');
    expect(kept).toContain('llama_server: exiting due to model loading error');
    expect(kept).toContain('error while handling argument "--cache-type-k"');
  });
});

describe('the unit’s options', () => {
  it('hold for each model’s process too', async () => {
    const pids = await childrenOf(engine.pid);
    expect(pids).not.toEqual([]);
    for (const pid of pids) {
      const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
      expect(command).toMatch(/ --no-(web)?ui /);
      expect(command).toContain(' --no-slots ');
      expect(command).toContain(' --offline ');
      expect(command).toMatch(/ (-lv|--(log-)?verbosity) 1 /);
      expect(command).not.toMatch(/ --(metrics|props|tools|slot-save-path|media-path|log-prompts-dir) /);
    }
  });

  it.each([
    ['GET', `/slots?model=${model}`, 501],
    ['GET', `/metrics?model=${model}`, 501],
    ['POST', '/props', 501],
    ['GET', '/tools', 403],
    ['GET', '/cors-proxy?url=http://127.0.0.1', 403],
    ['GET', '/', 404],
    ['GET', '/index.html', 404],
  ])('leave %s %s without an answer', async (method, path, status) => {
    const body = method === 'POST' ? JSON.stringify({ model }) : '';
    expect(await send({ socketPath: engine.socket }, { method, path, body })).toBe(status);
  });

  it('leave no file of requests behind', async () => {
    const files = await readdir(engine.directory, { recursive: true });
    expect(files.toSorted()).toEqual([
      'engine.ini',
      'engine.sock',
      'onepilot-random.gguf',
      'onepilot-smoke.gguf',
    ]);
  });
});
