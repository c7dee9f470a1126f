import { describe, expect, it } from 'vitest';
import { chatBody, chunkOf, events, headersOf, RelayWorld, textOf } from './relay-world.ts';
import { until } from './support.ts';

const world = new RelayWorld();

describe('a stream', () => {
  const stream = { ...chatBody, stream: true };
  const all = Buffer.from(`${chunkOf('größe ')}${chunkOf('🚀')}:\n\ndata: [DONE]\n\n`);

  it('arrives whole, however the engine cuts it', async () => {
    world.fake.handler = async (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const byte of all) {
        response.write(Uint8Array.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    };
    const { status, headers, text } = await world.answer('/v1/chat/completions', stream);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(headers['x-request-id']).toBeDefined();
    expect(events(text)).toEqual([
      { model: 'my-model', choices: [{ index: 0, delta: { content: 'größe ' } }] },
      { model: 'my-model', choices: [{ index: 0, delta: { content: '🚀' } }] },
      '[DONE]',
    ]);
  });

  it('has its status line and heartbeats while the engine says nothing', async () => {
    const answered = Promise.withResolvers<void>();
    world.fake.handler = (_request, response) => answered.promise.then(() => response.end(all));
    const response = await headersOf(world.post('/v1/chat/completions', stream));
    setTimeout(answered.resolve, 250);
    const text = await textOf(response);
    expect(text.match(/^: keep-alive$/gm)?.length).toBeGreaterThanOrEqual(2);
    expect(text).not.toContain('ping');
    expect(events(text)).toHaveLength(3);
  });

  it.each([
    ['closes the connection', (response: { destroy(): void }) => response.destroy()],
    ['ends before it is done', (response: { end(text: string): void }) => response.end('proxy error: gone')],
  ])('whose engine %s says so in-band', async (_name, end) => {
    world.fake.handler = (_request, response) => response.write(chunkOf('a'), () => end(response));
    const { status, text } = await world.answer('/v1/chat/completions', stream);
    expect(status).toBe(200);
    expect(events(text).at(-1).error).toMatchObject({ code: 'engine_failed', type: 'server_error' });
  });

  it('passes on an error that comes after the status line', async () => {
    world.fake.handler = (_request, response) =>
      response.end(
        `${chunkOf('a')}data: {"error":{"code":500,"message":"Compute error.","type":"server_error"}}\n\n`,
      );
    const { text } = await world.answer('/v1/chat/completions', stream);
    expect(events(text)).toHaveLength(2);
    expect(events(text)[1].error.code).toBe('engine_failed');
  });

  it('passes on a late refusal in-band', async () => {
    world.fake.handler = (_request, response) =>
      setTimeout(() => {
        response.statusCode = 400;
        response.end(JSON.stringify({ error: { code: 400, message: 'no', type: 'invalid_request_error' } }));
      }, 250);
    const { status, text } = await world.answer('/v1/chat/completions', stream);
    expect(status).toBe(200);
    expect(events(text)).toMatchObject([{ error: { code: 'engine_rejected' } }]);
  });

  it('is told when the gateway stops', async () => {
    world.fake.handler = (_request, response) => response.write(chunkOf('a'));
    const response = await headersOf(world.post('/v1/chat/completions', stream));
    world.stopping.abort();
    expect(events(await textOf(response)).at(-1).error.code).toBe('gateway_stopping');
    await until(() => world.fake.open() === 0);
  });

  it('makes the engine wait for a client that does not read', async () => {
    let written = 0;
    world.fake.handler = async (_request, response) => {
      const chunk = chunkOf('x'.repeat(65_536));
      while (written < 1000 && !response.destroyed) {
        written += 1;
        if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve));
      }
    };
    const outgoing = world.post('/v1/chat/completions', stream);
    const response = await headersOf(outgoing);
    response.pause();
    let before = -1;
    // However slow the machine is: it must come to a stop long before everything is written.
    await until(async () => {
      const isStill = written === before;
      before = written;
      if (!isStill) await new Promise((resolve) => setTimeout(resolve, 200));
      return isStill;
    });
    expect(written).toBeLessThan(500);
    outgoing.destroy();
    await until(() => world.fake.open() === 0);
  });
});

describe('a client that leaves', () => {
  it.each([
    ['before the status line', { stream: true }, undefined],
    ['while heartbeats are sent', { stream: true }, undefined],
    ['within a stream', { stream: true }, chunkOf('a')],
    ['while it waits for a whole answer', { stream: false }, undefined],
    ['within a whole answer', { stream: false }, chunkOf('a')],
  ])('%s takes its request to the engine along', async (name, fields, text) => {
    world.fake.handler = (_request, response) => {
      if (text) response.write(text);
    };
    const outgoing = world.post('/v1/chat/completions', { ...chatBody, ...fields });
    const headers = headersOf(outgoing);
    headers.catch(() => {});
    outgoing.on('error', () => {});
    await until(() => world.fake.open() === 1);
    if (name.includes('heartbeats') || name.includes('within a stream')) await headers;
    if (name.includes('within')) await new Promise((resolve) => setTimeout(resolve, 50));
    outgoing.destroy();
    await until(() => world.fake.open() === 0);
  });

  it('a hundred times leaves nothing behind', async () => {
    world.fake.handler = (_request, response) => response.write(chunkOf('a'));
    for (let round = 0; round < 10; round += 1) {
      const all = Array.from({ length: 10 }, () =>
        world.post('/v1/chat/completions', { ...chatBody, stream: true }),
      );
      await Promise.all(all.map(headersOf));
      for (const outgoing of all) outgoing.destroy();
      await until(() => world.fake.open() === 0);
    }
    const connections = await new Promise<number>((resolve) =>
      world.app.server.getConnections((_error, count) => resolve(count)),
    );
    expect(connections).toBe(0);
  });
});
