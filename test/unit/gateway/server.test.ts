import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, type AgentOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeThrowawayCertificate } from '../../../scripts/support/throwaway-certificate.ts';
import type { GatewayConfiguration } from '../../../src/gateway/configuration.ts';
import { readConfiguration } from '../../../src/gateway/load.ts';
import { startGateway } from '../../../src/gateway/start.ts';
import { type FakeEngine, startFakeEngine } from './fake-engine.ts';
import { authorization, configurationWith } from './support.ts';

let directory: string;
let fake: FakeEngine;
let configuration: GatewayConfiguration;
let ca: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gateway-'));
  fake = await startFakeEngine();
  const tls = await writeThrowawayCertificate(directory);
  ca = await readFile(tls.authority, 'utf8');
  configuration = configurationWith({ tls, engine: { socket: fake.socket } });
});

afterAll(async () => {
  await fake.close();
  await rm(directory, { recursive: true });
});

const listen = { host: '127.0.0.1', port: 0 };
const start = (drain = { goodbye: 0, deadline: 0 }) =>
  startGateway({ configuration: async () => configuration, listen, drain });

interface Answer {
  readonly status: number | undefined;
  readonly connection: string | undefined;
  readonly text: string;
}

function ask(port: number, agent: Agent, path = '/v1/models', body?: string): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const method = body === undefined ? 'GET' : 'POST';
  const options = { host: '127.0.0.1', port, path, method, agent, headers: { authorization } };
  const outgoing = request(options, async (response) => {
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk;
    resolve({ status: response.statusCode, connection: response.headers.connection, text });
  });
  outgoing.once('error', reject);
  outgoing.end(body);
  return promise;
}

const agentWith = (options: AgentOptions = {}) => new Agent({ ca, keepAlive: true, ...options });

function handshake(port: number, options: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ca, ...options }, () => {
      resolve(`${socket.getProtocol()} ${socket.alpnProtocol || 'none'}`);
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

describe('TLS', () => {
  it('is 1.2 or 1.3 with HTTP/1.1, and nothing older', async () => {
    const gateway = await start();
    const offer = { ALPNProtocols: ['h2', 'http/1.1'] };
    expect(await handshake(gateway.port, offer)).toBe('TLSv1.3 http/1.1');
    expect(await handshake(gateway.port, { ...offer, maxVersion: 'TLSv1.2' })).toBe('TLSv1.2 http/1.1');
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
    await expect(handshake(gateway.port, old)).rejects.toThrow();
    const weak = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-SHA' };
    await expect(handshake(gateway.port, weak)).rejects.toThrow();
    await gateway.close();
  });

  it('takes a new certificate without a restart, and keeps the old one when the new one is bad', async () => {
    const gateway = await start();
    const renewed = await mkdtemp(join(tmpdir(), 'renewed-'));
    const { own, authority } = await writeThrowawayCertificate(renewed);
    const agent = new Agent({ ca: await readFile(authority, 'utf8') });
    await expect(ask(gateway.port, agent)).rejects.toThrow();

    const text = await readFile(own, 'utf8');
    await writeFile(configuration.tls.own, text.slice(0, text.indexOf('-----END CERTIFICATE')));
    await expect(gateway.reload()).rejects.toThrow();
    await expect(ask(gateway.port, agent)).rejects.toThrow();
    await writeFile(configuration.tls.own, text);
    await gateway.reload();
    expect((await ask(gateway.port, agent)).status).toBe(200);
    ca = await readFile(authority, 'utf8');
    await gateway.close();
    await rm(renewed, { recursive: true });
  });
});

describe('the end', () => {
  it('is told to clients on kept connections, which lose nothing', async () => {
    const gateway = await start({ goodbye: 300, deadline: 1000 });
    const agent = agentWith({ maxSockets: 1 });
    const first = await ask(gateway.port, agent);
    expect(first).toMatchObject({ status: 200, connection: 'keep-alive' });
    const closed = gateway.close();
    await sleep(100);
    expect(await ask(gateway.port, agent)).toMatchObject({ status: 200, connection: 'close' });
    await expect(ask(gateway.port, agentWith())).rejects.toThrow(/ECONNREFUSED/);
    await closed;
  });

  it('comes after the streams in flight, when those are short', async () => {
    const gateway = await start({ goodbye: 50, deadline: 2000 });
    fake.handler = (_request, response) => {
      response.write('data: {"choices":[]}\n\n');
      setTimeout(() => response.end('data: [DONE]\n\n'), 400);
    };
    const body = JSON.stringify({ messages: [{}], stream: true });
    const answer = ask(gateway.port, agentWith(), '/v1/chat/completions', body);
    await sleep(100);
    await gateway.close();
    expect((await answer).text).toMatch(/data: \[DONE\]\n\n$/);
  });

  it('comes at the deadline otherwise, and says so', async () => {
    const gateway = await start({ goodbye: 50, deadline: 200 });
    fake.handler = (_request, response) => response.write('data: {"choices":[]}\n\n');
    const body = JSON.stringify({ messages: [{}], stream: true });
    const answer = ask(gateway.port, agentWith(), '/v1/chat/completions', body);
    await sleep(100);
    await gateway.close();
    expect((await answer).text).toContain('"code":"gateway_stopping"');
  });
});

describe('the configuration', () => {
  it('is read from its file', async () => {
    const path = join(directory, 'gateway.json');
    await writeFile(path, JSON.stringify(configuration));
    expect(await readConfiguration(path)).toEqual(configuration);
  });

  it.each(['{', '{}', '{"keys":"sk-secret"}'])(
    'that is %s is refused, without being quoted',
    async (text) => {
      const path = join(directory, 'bad.json');
      await writeFile(path, text);
      const error = await readConfiguration(path).catch((thrown) => thrown);
      expect(error.code).toBe('gateway_configuration_invalid');
      expect(error.message).not.toContain('sk-secret');
    },
  );

  it('that is missing is named', async () => {
    await expect(readConfiguration('/nonexistent/gateway.json')).rejects.toMatchObject({
      code: 'gateway_configuration_unreadable',
    });
  });
});
