import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEgressConfiguration } from '../../../src/egress/server.ts';
import { textOf } from '../gateway/relay-world.ts';
import { until } from '../gateway/support.ts';
import { UpstreamWorld, upstreamKey } from './upstream-world.ts';

const world = new UpstreamWorld();
const chat = '/cloud/v1/chat/completions';

describe('what goes out', () => {
  it('is the body and the upstream’s own key, and nothing else of the request', async () => {
    const headers = { authorization: 'Bearer of-the-client', cookie: 'a=b', 'x-forwarded-for': '10.0.0.1' };
    const answer = await world.ask(chat, { headers }, '{"model":"m"}');
    expect(answer.statusCode).toBe(200);
    await textOf(answer);
    expect(world.requests).toMatchObject([
      {
        path: '/v1/chat/completions',
        body: '{"model":"m"}',
        headers: { authorization: `Bearer ${upstreamKey}` },
      },
    ]);
    const names = Object.keys(world.requests[0]?.headers ?? {}).sort();
    expect(names).toEqual([
      'accept',
      'accept-encoding',
      'authorization',
      'connection',
      'content-length',
      'content-type',
      'host',
      'user-agent',
      'x-onepilot-forwarded',
    ]);
  });

  it('may be embeddings too', async () => {
    expect((await world.ask('/cloud/v1/embeddings')).statusCode).toBe(200);
    expect(world.requests[0]?.path).toBe('/v1/embeddings');
  });

  it.each([
    ['another path', '/cloud/v1/models', 'POST'],
    ['a path behind the path', '/cloud/v1/chat/completions/../../admin', 'POST'],
    ['a question mark', '/cloud/v1/chat/completions?key=1', 'POST'],
    ['another method', chat, 'GET'],
    ['an upstream nobody configured', '/else/v1/chat/completions', 'POST'],
    ['an address in place of a name', '/localhost:443/v1/chat/completions', 'POST'],
    ['a whole URL', 'https://localhost/v1/chat/completions', 'POST'],
  ])('%s leads nowhere', async (_what, path, method) => {
    const answer = await world.ask(path, { method });
    expect(answer.statusCode).toBe(404);
    expect(answer.headers['x-onepilot-egress']).toBe('unknown');
    expect(world.requests).toEqual([]);
  });

  it('follows what was configured last', async () => {
    world.configuration = { upstreams: [] };
    expect((await world.ask(chat)).statusCode).toBe(404);
  });
});

describe('what comes back', () => {
  it('comes as it comes, part by part', async () => {
    const { promise: next, resolve: sendNext } = Promise.withResolvers<void>();
    world.handler = async (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'set-cookie': 'a=b', server: 'x' });
      response.write('one');
      await next;
      response.end('two');
    };
    const answer = await world.ask(chat);
    expect(answer.headers).toMatchObject({ 'content-type': 'text/event-stream' });
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(answer.headers.server).toBeUndefined();
    const parts = answer.setEncoding('utf8')[Symbol.asyncIterator]();
    expect((await parts.next()).value).toBe('one');
    sendNext();
    expect((await parts.next()).value).toBe('two');
  });

  it('are errors without key and address, and with Retry-After', async () => {
    world.handler = (request, response) => {
      const said = `${request.headers.authorization} at ${request.headers.host} is wrong`;
      response.writeHead(429, { 'retry-after': '7' }).end(said);
    };
    const answer = await world.ask(chat);
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([429, '7']);
    expect(await textOf(answer)).toMatch(/^Bearer … at …(:\d+)? is wrong$/);
  });

  it('is no redirection followed', async () => {
    world.handler = (_request, response) =>
      void response.writeHead(307, { location: '/v1/embeddings' }).end();
    const answer = await world.ask(chat);
    expect(answer.statusCode).toBe(307);
    expect(answer.headers.location).toBeUndefined();
    expect(world.requests).toHaveLength(1);
  });
});

describe('who leaves', () => {
  it.each(['before the status line', 'in the midst of a stream'])(
    'takes the request to the upstream along, %s',
    async (when) => {
      world.handler = (_request, response) => {
        if (when !== 'before the status line') response.write('one');
      };
      const leave = new AbortController();
      const asked = world.ask(chat, { signal: leave.signal });
      asked.then((answer) => answer.on('error', () => {})).catch(() => {});
      await until(() => world.open === 1);
      if (when !== 'before the status line') await asked;
      leave.abort();
      await until(() => world.open === 0);
      expect(world.lines).toEqual([]);
    },
  );
});

describe('what goes wrong', () => {
  const trouble = async (path: string) => (await world.ask(path)).headers['x-onepilot-egress'];

  it('is told apart: nobody listens, its certificate is of somebody else, it says nothing', async () => {
    expect(await trouble('/gone/v1/chat/completions')).toBe('unreachable');
    expect(await trouble('/stranger/v1/chat/completions')).toBe('untrusted');
    world.handler = () => {};
    world.timing.firstByte = 50;
    expect(await trouble(chat)).toBe('silent');
    world.handler = (_request, response) => void response.destroy();
    world.timing.firstByte = 5000;
    expect(await trouble(chat)).toBe('broken');
    expect(world.lines.map(({ upstream, trouble: kind }) => `${upstream} ${kind}`)).toEqual([
      'gone unreachable',
      'stranger untrusted',
      'cloud silent',
      'cloud broken',
    ]);
    expect(world.requests).toHaveLength(2);
    expect(JSON.stringify(world.lines)).not.toMatch(/localhost|127\.0\.0\.1|canary/);
  });

  it('breaks the connection when an answer is not whole', async () => {
    world.handler = (_request, response) => {
      response.write('one', () => response.destroy());
    };
    await expect(world.ask(chat).then(textOf)).rejects.toThrow('aborted');
    expect(world.lines).toMatchObject([{ trouble: 'broken' }]);
  });

  it('breaks the connection when a stream falls silent', async () => {
    world.timing.idle = 50;
    world.handler = (_request, response) => void response.write('one');
    await expect(world.ask(chat).then(textOf)).rejects.toThrow('aborted');
    await until(() => world.open === 0);
    expect(world.lines).toMatchObject([{ trouble: 'silent' }]);
  });
});

describe('the configuration', () => {
  it.each([
    ['plain HTTP', { name: 'a', url: 'http://canary.example/v1' }],
    ['a name that is a path', { name: '../a', url: 'https://canary.example/v1' }],
  ])('with %s is refused without a word of it', async (_what, upstream) => {
    const path = join(tmpdir(), `onepilot-egress-${process.pid}.json`);
    await writeFile(path, JSON.stringify({ upstreams: [upstream] }));
    const refusal = await readEgressConfiguration(path).catch((error) => error);
    expect(refusal).toMatchObject({ code: 'egress_configuration_invalid' });
    expect(refusal.message).not.toContain('canary');
    expect(await readFile(path, 'utf8')).toContain('canary');
    await rm(path);
  });
});
