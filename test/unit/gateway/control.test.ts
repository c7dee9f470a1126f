import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { checkout } from '../../../src/builder/places.ts';
import {
  askAbsences,
  holdRequests,
  reloadGateway,
  resumeRequests,
} from '../../../src/gateway/control-client.ts';
import { chatBody, textOf } from './relay-world.ts';
import { ReloadWorld } from './reload-world.ts';
import { authorization, portOf, until } from './support.ts';

const world = new ReloadWorld();

function order(method: string, path: string): Promise<{ status: number | undefined; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; text: string }>();
  const options = { socketPath: world.control, method, path, agent: false, headers: { authorization } };
  const outgoing = request(options, async (response) => {
    resolve({ status: response.statusCode, text: await textOf(response) });
  });
  outgoing.once('error', reject).end();
  return promise;
}

describe('holding requests', () => {
  it('waits for the stream in flight, and tells new requests to come back', async () => {
    const stream = await world.openStream();
    const held = holdRequests(world.control, 60);
    await until(async () => (await world.ask('/status')).text.includes('being restarted'));
    const refused = await world.ask('/v1/chat/completions', { body: chatBody });
    expect(refused.headers['retry-after']).toBe('5');
    expect(JSON.parse(refused.text).error).toMatchObject({ code: 'engine_restarting', type: 'server_error' });
    expect(await stream.finish()).toContain('[DONE]');
    expect(await held).toEqual({ idle: true, inFlight: 0 });
  });

  it('gives up at its deadline, and leaves the stream alone', async () => {
    const stream = await world.openStream();
    expect((await order('GET', '/requests')).text).toBe('{"inFlight":1}\n');
    expect(await holdRequests(world.control, 0.05)).toEqual({ idle: false, inFlight: 1 });
    expect(await stream.finish()).toContain('[DONE]');
  });

  it('ends when requests are resumed', async () => {
    world.fake.handler = (_request, response) => response.end('data: {"choices":[]}\n\ndata: [DONE]\n\n');
    const body = { ...chatBody, stream: true };
    await holdRequests(world.control, 60);
    expect((await world.ask('/v1/chat/completions', { body })).status).toBe(503);
    await resumeRequests(world.control);
    expect((await world.ask('/v1/chat/completions', { body })).status).toBe(200);
  });

  it('keeps nobody from what needs no engine', async () => {
    await holdRequests(world.control, 60);
    expect((await world.ask('/v1/models')).status).toBe(200);
  });
});

it('the agent is told which models the engine does not have', async () => {
  world.fake.status = { value: 'unloaded', failed: true };
  world.gateway.reload();
  expect(await askAbsences(world.control)).toEqual([]);
  // Each load the made-up engine takes and then fails: one second, two, and then it is left.
  await until(async () => (await askAbsences(world.control)).length === 2, 15);
  expect(await askAbsences(world.control)).toMatchObject([
    { model: 'chat-model', roles: ['chat'], state: 'failed', code: 'MODEL_LOAD_FAILED' },
    { model: 'fim-model', roles: ['complete'], state: 'failed' },
  ]);
});

describe('the control socket', () => {
  it('is for its owner alone', async () => {
    expect((await stat(world.control)).mode & 0o777).toBe(0o600);
  });

  it('knows nothing of the public paths, and they nothing of it', async () => {
    expect((await order('GET', '/v1/models')).status).toBe(404);
    expect((await order('GET', '/health')).status).toBe(404);
    for (const path of ['/reload', '/hold?seconds=1', '/resume']) {
      expect((await world.ask(path, { body: {} })).status).toBe(404);
    }
    expect((await world.ask('/requests')).status).toBe(404);
  });

  it.each(['/hold', '/hold?seconds=', '/hold?seconds=-1', '/hold?seconds=1e9', '/hold?seconds=x', '//'])(
    'holds nothing for %s',
    async (path) => {
      const { status } = await order('POST', path);
      expect([400, 404]).toContain(status);
      world.fake.handler = (_request, response) => response.end('data: [DONE]\n\n');
      expect((await world.ask('/v1/chat/completions', { body: chatBody })).status).not.toBe(503);
    },
  );

  it('is said to be unreachable when nobody is there', async () => {
    const missing = world.at('missing.sock');
    for (const ordered of [reloadGateway(missing), holdRequests(missing, 1), resumeRequests(missing)]) {
      await expect(ordered).rejects.toMatchObject({ code: 'GATEWAY_CONTROL_UNREACHABLE' });
    }
  });
});

describe('the process', () => {
  const program = join(checkout, 'src/gateway/server.ts');
  const children: ChildProcess[] = [];
  const run = (...args: string[]): ChildProcess => {
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
    children.push(child);
    return child;
  };
  afterEach(() => {
    for (const child of children) child.kill('SIGKILL');
  });

  async function freePort(): Promise<number> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const port = portOf(server);
    await new Promise((resolve) => server.close(resolve));
    return port;
  }

  const statusAt = (port: number) =>
    world.ask('/v1/models', {}, port).then(
      ({ status }) => status,
      () => undefined,
    );

  it('takes up changes at SIGHUP, and what it leaves when it is killed does not stop the next', async () => {
    const control = world.at('process.sock');
    const port = await freePort();
    const args = ['--port', String(port), '--control', control, world.at('gateway.json')];
    const first = run(...args);
    await until(async () => (await statusAt(port)) === 200, 15);
    await world.configure({ keys: [] });
    first.kill('SIGHUP');
    await until(async () => (await statusAt(port)) === 401, 15);
    first.kill('SIGKILL');
    await once(first, 'exit');
    expect((await stat(control)).isSocket()).toBe(true);

    await world.configure();
    const second = run(...args);
    await until(async () => (await statusAt(port)) === 200, 15);
    await reloadGateway(control);
    second.kill('SIGTERM');
    await once(second, 'exit');
  });

  it('reloads the one that runs with --reload, and fails with the reason when that refused', async () => {
    const reload = async () => {
      const child = spawn(process.execPath, [program, '--reload', '--control', world.control]);
      const [text, [status]] = await Promise.all([textOf(child.stderr), once(child, 'exit')]);
      return { status, text };
    };
    expect(await reload()).toEqual({ status: 0, text: '' });
    await world.configure({ engine: { socket: '/elsewhere.sock' } });
    expect(await reload()).toEqual({ status: 1, text: expect.stringContaining('/elsewhere.sock') });
  });
});
