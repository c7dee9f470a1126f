import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { get, Agent as HttpAgent } from 'node:http';
import { Agent, request } from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { checkout } from '../../../src/builder/places.ts';
import { chatBody, chunkOf } from './relay-world.ts';
import { ReloadWorld } from './reload-world.ts';
import { authorization, until } from './support.ts';

const world = new ReloadWorld();
const restarts = 2;

/**
 * What systemd does for a service with a socket: the socket stays, and one gateway after the other gets it. The shell
 * ends with the file that says that it should go on.
 */
const serviceScript = `
touch "$KEEP"
while [ -e "$KEEP" ]; do
  sh -c 'LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=https:http exec "$NODE" "$GATEWAY" "$CONFIGURATION"' &
  echo $! > "$PID_FILE"
  wait $!
done`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

function startService(port: number, plainPort: number): ChildProcess {
  const variables = {
    KEEP: world.at('keep'),
    PID_FILE: world.at('pid'),
    NODE: process.execPath,
    GATEWAY: join(checkout, 'src/gateway/server.ts'),
    CONFIGURATION: world.at('gateway.json'),
  };
  const passed = Object.keys(variables).flatMap((name) => ['-E', name]);
  return spawn(
    'systemd-socket-activate',
    [
      ...passed,
      ...['-l', `127.0.0.1:${port}`, '-l', `127.0.0.1:${plainPort}`, '--fdname=https:http'],
      ...['/bin/sh', '-c', serviceScript],
    ],
    {
      env: { PATH: process.env.PATH, ...variables },
      stdio: 'ignore',
    },
  );
}

const gatewayPid = async () => Number(await readFile(world.at('pid'), 'utf8').catch(() => ''));

/** Ends the gateway as systemd does, and waits for the next. */
async function restart(): Promise<void> {
  const pid = await gatewayPid();
  process.kill(pid, 'SIGTERM');
  await until(async () => ![0, pid].includes(await gatewayPid()), 30);
}

/** Each result, or the error of a connection that was refused or reset. */
function ask(port: number, agent: Agent, body?: object): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const path = body ? '/v1/chat/completions' : '/v1/models';
  const outgoing = request(
    {
      host: '127.0.0.1',
      port,
      path,
      method: body ? 'POST' : 'GET',
      agent,
      ca: world.ca,
      headers: { authorization },
    },
    async (response) => {
      try {
        let text = '';
        for await (const chunk of response.setEncoding('utf8')) text += chunk;
        const isWhole = !body || text.includes('[DONE]') || text.includes('"finish_reason"');
        resolve(isWhole ? String(response.statusCode) : `${response.statusCode} ${text.slice(-200)}`);
      } catch (error) {
        resolve(String(error));
      }
    },
  );
  outgoing.once('error', (error) => resolve(String(error)));
  outgoing.end(body && JSON.stringify(body));
  return promise;
}

/** The same over plain HTTP. */
function askPlain(port: number, agent: HttpAgent): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const outgoing = get({ host: '127.0.0.1', port, path: '/v1/models', agent }, (response) => {
    response.resume().once('end', () => resolve(`${response.statusCode} ${response.headers.location}`));
  });
  outgoing.once('error', (error) => resolve(String(error)));
  return promise;
}

it('restarts under socket activation refuse and reset nothing: neither questions, nor streams, nor those in the queue', async () => {
  // An answer of some 100 ms on the model's one slot: with four who ask, there is always a queue.
  world.fake.handler = async (_request, response) => {
    for (const part of ['a', 'b', 'c', 'd']) {
      response.write(chunkOf(part));
      await sleep(25);
    }
    response.end('data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
  };
  const port = await freePort();
  const plainPort = await freePort();
  const service = startService(port, plainPort);
  try {
    const results = new Map<string, number>();
    let isOver = false;
    const repeat = async (asking: () => Promise<string>) => {
      while (!isOver) {
        const result = await asking();
        results.set(result, (results.get(result) ?? 0) + 1);
        if (result !== '200') await sleep(20);
      }
    };
    const keepAsking = (agent: Agent, body?: object) => repeat(() => ask(port, agent, body));
    const kept = () => new Agent({ keepAlive: true, maxSockets: 1 });
    const single = () => new Agent({ keepAlive: false });
    await until(async () => (await ask(port, single())) === '200', 30);
    const stream = { ...chatBody, stream: true };
    const plainAgents = [true, false].map((keepAlive) => new HttpAgent({ keepAlive, maxSockets: 1 }));
    const askers = [
      ...plainAgents.map((agent) => repeat(() => askPlain(plainPort, agent))),
      ...[kept(), single()].map((agent) => keepAsking(agent)),
      ...[kept(), single(), kept(), single()].map((agent, index) =>
        keepAsking(agent, index < 2 ? stream : chatBody),
      ),
    ];
    for (let count = 0; count < restarts; count += 1) {
      await sleep(500);
      await restart();
      const before = results.get('200') ?? 0;
      await until(() => (results.get('200') ?? 0) > before + 20, 30);
    }
    isOver = true;
    await Promise.all(askers);
    const redirect = `308 https://127.0.0.1:${port}/v1/models`;
    expect([...results.keys()].toSorted()).toEqual(['200', redirect]);
  } finally {
    await rm(world.at('keep'), { force: true });
    const pid = await gatewayPid();
    if (pid > 0) process.kill(pid, 'SIGTERM');
    if (service.exitCode === null) await Promise.race([once(service, 'exit'), sleep(10_000)]);
    service.kill();
  }
}, 90_000);
