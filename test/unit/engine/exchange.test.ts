import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readText } from '../../../src/engine/client.ts';
import { exchange } from '../../../src/engine/exchange.ts';

let directory: string;
let socketPath: string;
let server: Server;
let connections: Socket[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'exchange-'));
  socketPath = join(directory, 'engine.sock');
  connections = [];
  server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    connections.push(socket);
  });
  server.listen(socketPath);
  await once(server, 'listening');
});

afterEach(async () => {
  for (const connection of connections) connection.destroy();
  server.close();
  await rm(directory, { recursive: true });
});

const question = { method: 'POST', path: '/v1/completions', json: '{"prompt":"wörld"}' } as const;
const never = new AbortController().signal;

async function asked(): Promise<{ socket: Socket; text: () => string }> {
  while (connections.length === 0) await once(server, 'connection');
  const [socket] = connections;
  if (!socket) throw new Error('no connection');
  let text = '';
  socket.setEncoding('utf8').on('data', (part) => {
    text += String(part);
  });
  while (!text.includes('\r\n\r\n')) await once(socket, 'data');
  return { socket, text: () => text };
}

describe('an exchange with the engine', () => {
  test('sends one request and reads its answer', async () => {
    const answering = exchange(socketPath, question, never);
    const { socket, text } = await asked();
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    const { status, body } = await answering;
    expect([status, await readText(body)]).toEqual([200, 'ok']);
    expect(text()).toBe(
      'POST /v1/completions HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n' +
        'Content-Type: application/json\r\nContent-Length: 19\r\n\r\n{"prompt":"wörld"}',
    );
  });

  test('has its status before its body is whole', async () => {
    const answering = exchange(socketPath, question, never);
    const { socket } = await asked();
    socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    const { body } = await answering;
    const text = readText(body);
    socket.write('2\r\nab\r\n');
    socket.write('1\r\nc\r\n0\r\n\r\n');
    expect(await text).toBe('abc');
  });

  test('closes its connection when the answer is whole, though the engine does not', async () => {
    const answering = exchange(socketPath, question, never);
    const { socket } = await asked();
    const ended = once(socket, 'end');
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    await answering;
    await ended;
  });

  test('fails where nobody listens', async () => {
    await expect(exchange(join(directory, 'nowhere'), question, never)).rejects.toMatchObject({
      code: 'engine_unavailable',
    });
  });

  test.each(['', 'HTTP/1.1 200', 'nonsense\r\n\r\n'])('fails when it is answered %j', async (text) => {
    const answering = exchange(socketPath, question, never);
    const failed = expect(answering).rejects.toMatchObject({ code: 'engine_failed' });
    const { socket } = await asked();
    socket.end(text);
    await failed;
  });

  test('fails in its body when that breaks off', async () => {
    const answering = exchange(socketPath, question, never);
    const { socket } = await asked();
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhal');
    const { body } = await answering;
    await expect(readText(body)).rejects.toMatchObject({ code: 'engine_failed' });
  });

  describe('that is aborted rejects with the reason and closes the connection', () => {
    test('before it has begun', async () => {
      const signal = AbortSignal.abort(new Error('gone'));
      await expect(exchange(socketPath, question, signal)).rejects.toThrow('gone');
    });

    test('before the status line', async () => {
      const controller = new AbortController();
      const failed = expect(exchange(socketPath, question, controller.signal)).rejects.toThrow('gone');
      const { socket } = await asked();
      controller.abort(new Error('gone'));
      await failed;
      await once(socket, 'end');
    });

    test('in the body', async () => {
      const controller = new AbortController();
      const answering = exchange(socketPath, question, controller.signal);
      const { socket } = await asked();
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhal');
      const failed = expect(readText((await answering).body)).rejects.toThrow('gone');
      controller.abort(new Error('gone'));
      await failed;
      await once(socket, 'end');
    });
  });

  test('closes the connection when its reader stops early', async () => {
    const answering = exchange(socketPath, question, never);
    const { socket } = await asked();
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhal');
    for await (const part of (await answering).body) {
      expect(part.toString()).toBe('hal');
      break;
    }
    await once(socket, 'end');
  });

  test('makes the engine wait while nobody reads, and loses nothing', async () => {
    const answering = exchange(socketPath, question, never);
    const { socket } = await asked();
    const size = 16 * 2 ** 20;
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
    const { body } = await answering;
    const part = Buffer.alloc(2 ** 16, 'a');
    let written = 0;
    const writing = (async () => {
      for (; written < size; written += part.length) if (!socket.write(part)) await once(socket, 'drain');
    })();
    let before = -1;
    while (written !== before) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(written).toBeLessThan(size);
    expect((await readText(body)).length).toBe(size);
    await writing;
  });
});
