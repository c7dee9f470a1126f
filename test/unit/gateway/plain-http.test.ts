import { mkdir, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { plainAnswer } from '../../../src/gateway/plain-http/answer.ts';
import { type Gateway, startGateway } from '../../../src/gateway/start.ts';
import { ReloadWorld } from './reload-world.ts';
import { configurationWith, key, until } from './support.ts';

const world = new ReloadWorld();
const token = 'evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA';
const authorization = `${token}.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI`;
const listen = { host: '127.0.0.1', port: 0 };
let gateway: Gateway;

beforeEach(async () => {
  const challenges = world.at('challenges');
  await mkdir(`${challenges}/http-01`, { recursive: true });
  await writeFile(`${challenges}/http-01/${token}`, authorization);
  const common = { tls: world.tls, engine: { socket: world.fake.socket }, challenges };
  const metricsNetworks = ['127.0.0.0/8'];
  gateway = await startGateway({
    configuration: async () => configurationWith({ ...common, metricsNetworks }),
    listen,
    listenPlain: listen,
    drain: { goodbye: 200, deadline: 0 },
  });
  return () => gateway.close();
});

function open(): Socket {
  return connect(gateway.plainPort ?? 0, '127.0.0.1');
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends `text` as it is and returns everything that comes back until the connection ends. */
async function raw(text: string): Promise<string> {
  const socket = open();
  socket.write(Buffer.from(text, 'latin1'));
  let received = '';
  for await (const chunk of socket.setEncoding('latin1')) received += chunk;
  return received;
}

async function ask(head: string, body = ''): Promise<Answer> {
  return parsed(await raw(`${head.replaceAll('\n', '\r\n')}\r\nconnection: close\r\n\r\n${body}`));
}

function parsed(text: string): Answer {
  const end = text.indexOf('\r\n\r\n');
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
  return { status: Number(first.split(' ')[1]), headers, body: text.slice(end + 4) };
}

const https = () => (gateway.port === 443 ? '' : `:${gateway.port}`);

describe('plain HTTP', () => {
  it('shows a CA its challenge', async () => {
    const path = `/.well-known/acme-challenge/${token}`;
    expect(await ask(`GET ${path} HTTP/1.1\nhost: copilot.example`)).toMatchObject({
      status: 200,
      headers: { 'content-type': 'application/octet-stream' },
      body: authorization,
    });
    const head = await ask(`HEAD ${path} HTTP/1.1\nhost: copilot.example`);
    expect([head.status, head.headers['content-length'], head.body]).toEqual([200, '87', '']);
  });

  it('has nothing else there', async () => {
    for (const rest of ['unknown', '', '../http-01', `..%2fhttp-01/${token}`, `${token}?x`, `${token}/`]) {
      const path = `/.well-known/acme-challenge/${rest}`;
      expect([rest, (await ask(`GET ${path} HTTP/1.1\nhost: x`)).status]).toEqual([rest, 404]);
    }
  });

  it.each([
    ['GET /v1/models?a=b%20c', 'copilot.example', 'copilot.example', '/v1/models?a=b%20c'],
    ['GET /ca.crt', 'copilot.example:80', 'copilot.example', '/ca.crt'],
    ['GET /', '192.0.2.7:8080', '192.0.2.7', '/'],
    ['GET /', '[2001:db8::7]:80', '[2001:db8::7]', '/'],
    ['GET //evil.example/x', 'copilot.example', 'copilot.example', '//evil.example/x'],
    ['GET /\\evil.example', 'copilot.example', 'copilot.example', '/\\evil.example'],
    ['GET http://copilot.example:80/x', 'other.example', 'copilot.example', '/x'],
    ['OPTIONS *', 'copilot.example', 'copilot.example', '/'],
    ['DELETE /x', 'copilot.example', 'copilot.example', '/x'],
  ])('leads %s with the host %s to HTTPS', async (request, host, name, path) => {
    const { status, headers } = await ask(`${request} HTTP/1.1\nhost: ${host}`);
    expect([status, headers.location]).toEqual([308, `https://${name}${https()}${path}`]);
  });

  it.each([
    ['', ''],
    ['that is empty', '\nhost:'],
    ['with a user', '\nhost: copilot.example@evil.example'],
    ['with a path', '\nhost: evil.example/x'],
    ['with a backslash', '\nhost: evil.example\\x'],
    ['with a space', '\nhost: evil example'],
    ['that is no address', '\nhost: 1.2.3'],
    ['of a link', '\nhost: [fe80::1%eth0]'],
    ['with a port that is none', '\nhost: copilot.example:80x'],
  ])('refuses a request with a host %s', async (_what, header) => {
    const { status, headers, body } = await ask(`GET /x HTTP/1.1${header}`);
    expect([status, headers.location]).toEqual([400, undefined]);
    expect(JSON.parse(body).error).toMatchObject({ code: 'unknown_host' });
  });

  it('writes what cannot stand in a header as its bytes', () => {
    const request = { method: 'GET', target: '/\xe9\r\n x', headers: { host: 'copilot.example' } };
    const { headers } = plainAnswer(request, () => undefined, 443);
    expect(headers.location).toBe('https://copilot.example/%e9%0d%0a%20x');
  });

  it('tells whoever sent a key that it is known to others now, and does not repeat it', async () => {
    const headers = `host: copilot.example\nauthorization: Bearer ${key}\ncontent-length: 2`;
    const answer = await ask(`POST /v1/chat/completions HTTP/1.1\n${headers}`, '{}');
    expect(answer).toMatchObject({ status: 308, headers: { 'content-type': /json/ } });
    expect(JSON.parse(answer.body).error).toMatchObject({
      type: 'invalid_request_error',
      code: 'key_sent_unencrypted',
    });
    expect(JSON.stringify(answer)).not.toContain(key);
    const without = await ask('GET /v1/models HTTP/1.1\nhost: copilot.example');
    expect(JSON.parse(without.body).error).toMatchObject({ code: 'https_required' });
  });

  it('answers a large body’s sender too, and keeps none of it', async () => {
    const size = 8 * 2 ** 20;
    const head = `POST /v1/chat/completions HTTP/1.1\nhost: copilot.example\ncontent-length: ${size}`;
    expect(await ask(head, 'x'.repeat(size))).toMatchObject({ status: 308 });
  });

  it.each([
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    ['headers without end', `GET / HTTP/1.1\r\nx: ${'y'.repeat(10_000)}\r\n\r\n`, 431],
    ['two lengths', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', 400],
  ])('answers %s with an error', async (_what, text, status) => {
    const answer = parsed(await raw(text));
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body).error).toMatchObject({ code: 'malformed_request' });
  });

  it('asks nobody for a body and opens no tunnel', async () => {
    const expecting = await ask('POST /x HTTP/1.1\nhost: x\nexpect: 100-continue\ncontent-length: 5');
    expect(expecting.status).toBe(308);
    expect(await raw('CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example:443\r\n\r\n')).toBe('');
  });

  it('is counted', async () => {
    await ask('GET /x HTTP/1.1\nhost: x');
    await ask(`GET /.well-known/acme-challenge/${token} HTTP/1.1\nhost: x`);
    const { text } = await world.ask('/metrics', {}, gateway.port);
    expect(text).toContain('onepilot_plain_http_requests_total{outcome="redirect"} 1');
    expect(text).toContain('onepilot_plain_http_requests_total{outcome="challenge"} 1');
    expect(text).toContain('onepilot_plain_http_requests_total{outcome="refused"} 0');
  });

  it('takes up no more than so many connections', async () => {
    const sockets = Array.from({ length: 270 }, open);
    let closed = 0;
    for (const socket of sockets)
      socket
        .on('error', () => {})
        .resume()
        .once('close', () => (closed += 1));
    await until(() => closed >= 12);
    for (const socket of sockets) socket.destroy();
  });

  it('leaves those who say nothing', async () => {
    const silent = open();
    const { promise, resolve } = Promise.withResolvers<void>();
    silent
      .on('error', () => {})
      .resume()
      .once('close', () => resolve());
    silent.write('GET / HTTP/1.1\r\nhost:');
    await promise;
  });

  it('answers those who are connected when the gateway ends, as the last time', async () => {
    const socket = open();
    await new Promise<void>((resolve) => socket.once('connect', resolve));
    await sleep(20);
    const closing = gateway.close();
    await sleep(50);
    socket.write('GET /x HTTP/1.1\r\nhost: x\r\n\r\n');
    let text = '';
    for await (const chunk of socket.setEncoding('utf8')) text += chunk;
    expect(parsed(text)).toMatchObject({ status: 308, headers: { connection: 'close' } });
    await closing;
  });
});
