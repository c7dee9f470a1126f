import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeThrowawayCertificate } from '../../../scripts/support/throwaway-certificate.ts';
import { splitIdentity } from '../../../src/certificates/identity.ts';
import { ServedCertificates } from '../../../src/gateway/certificates/served-certificates.ts';
import { createSecureServer } from '../../../src/gateway/secure-server.ts';
import { type FakeEngine, startFakeEngine } from './fake-engine.ts';
import { chunkOf } from './relay-world.ts';
import { authorization, portOf, testApp, until } from './support.ts';

/** The real ones take minutes. */
const timeouts = {
  handshakeTimeout: 400,
  headersTimeout: 400,
  requestTimeout: 800,
  connectionsCheckingInterval: 50,
  keepAliveTimeout: 400,
  timeout: 1000,
};
const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\n`;

let directory: string;
let fake: FakeEngine;
let app: FastifyInstance;
let ca: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slow-clients-'));
  fake = await startFakeEngine();
  const tls = await writeThrowawayCertificate(directory);
  ca = await readFile(tls.authority, 'utf8');
  const own = splitIdentity(await readFile(tls.own, 'utf8'));
  if (!own) throw new Error('There is no certificate.');
  app = testApp(
    { createServer: (handler) => createSecureServer(new ServedCertificates({ own }), handler, { timeouts }) },
    fake.socket,
  );
  await app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  app.server.closeAllConnections();
  await app.close();
  await fake.close();
  await rm(directory, { recursive: true });
});

interface Client {
  readonly socket: TLSSocket;
  received: string;
  closed: boolean;
}

function client(): Client {
  const socket = connect({ port: portOf(app.server), host: '127.0.0.1', ca });
  const state: Client = { socket, received: '', closed: false };
  socket.setEncoding('utf8').on('data', (text) => {
    state.received += text;
  });
  socket
    .on('error', () => {})
    .on('close', () => {
      state.closed = true;
    });
  return state;
}

/** Sends one byte after the other for as long as it is let. */
async function trickle({ socket }: Client, text: string): Promise<void> {
  for (const byte of text) {
    if (socket.destroyed || !socket.writable) return;
    socket.write(byte);
    await sleep(30);
  }
}

function bodyOf(answer: string) {
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
}

describe('a client that takes its time', () => {
  it.each([
    ['headers', '', `${head}x-padding: ${'x'.repeat(5000)}`],
    ['body', `${head}content-length: 5000\r\n\r\n`, `{"x":"${'x'.repeat(5000)}`],
  ])('with its %s, byte by byte, is told so and disconnected', async (_what, first, rest) => {
    const slow = client();
    slow.socket.write(first);
    const sending = trickle(slow, rest);
    await until(() => slow.closed, 10);
    await sending;
    expect(slow.received).toMatch(/^HTTP\/1\.1 408 /);
    expect(bodyOf(slow.received).error).toMatchObject({ code: 'malformed_request' });
    expect(fake.requests).toEqual([]);
  });

  it('with its next request is disconnected', async () => {
    const idle = client();
    idle.socket.write(`GET /v1/models HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\n\r\n`);
    await until(() => idle.received !== '');
    await until(() => idle.closed, 10);
    expect(idle.received).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('to read a whole answer is disconnected', async () => {
    fake.handler = (_request, response) => response.end(`${chunkOf('x'.repeat(12_000_000))}data: [DONE]\n\n`);
    const deaf = client();
    deaf.socket.pause();
    const body = JSON.stringify({ messages: [{ role: 'user', content: 'hi' }] });
    deaf.socket.write(`${head}content-length: ${body.length}\r\n\r\n${body}`);
    const connections = () =>
      new Promise<number>((resolve) => app.server.getConnections((_error, count) => resolve(count)));
    await until(async () => fake.requests.length === 1 && (await connections()) === 1);
    await until(async () => (await connections()) === 0, 10);
    deaf.socket.destroy();
  });
});

it('a stream outlasts all of these times, as long as its heart beats', async () => {
  const gone = Promise.withResolvers<void>();
  fake.handler = (_request, response) => {
    response.once('close', gone.resolve);
    const beat = setInterval(() => response.write(chunkOf('a')), 100);
    setTimeout(() => {
      clearInterval(beat);
      response.end('data: [DONE]\n\n');
    }, 2500);
  };
  const patient = client();
  const body = JSON.stringify({ messages: [{ role: 'user', content: 'hi' }], stream: true });
  patient.socket.write(`${head}content-length: ${body.length}\r\n\r\n${body}`);
  await gone.promise;
  await until(() => patient.received.includes('[DONE]'));
});
