import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { authorization, portOf, testApp } from './support.ts';

const app = testApp();
beforeAll(() => app.listen({ port: 0, host: '127.0.0.1' }));
afterAll(() => app.close());

/** Sends raw bytes and returns everything that comes back until the connection ends. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(portOf(app.server), '127.0.0.1', () => socket.write(text));
    socket.setEncoding('utf8').on('data', (data) => {
      answer += data;
    });
    socket.on('error', reject).on('close', () => resolve(answer));
  });
}

const authorized = `host: x\r\nconnection: close\r\nauthorization: ${authorization}\r\n`;

it.each([
  ['no HTTP', 'hello\r\n\r\n', 400],
  ['a broken escape', `GET /v1/models/%zz HTTP/1.1\r\n${authorized}\r\n`, 400],
  ['a broken escape without a key', 'GET /%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 400],
  ['an overlong id', `GET /v1/models/${'x'.repeat(500)} HTTP/1.1\r\n${authorized}\r\n`, 400],
  [
    'another media type',
    `POST /v1/chat/completions HTTP/1.1\r\n${authorized}content-type: ;;\r\ncontent-length: 2\r\n\r\n{}`,
    400,
  ],
  ['a method of its own', `PROPFIND /v1/models HTTP/1.1\r\n${authorized}\r\n`, 405],
  ['too many headers', `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
  ['an absolute URL', `GET http://x/v1/models HTTP/1.1\r\n${authorized}\r\n`, 200],
])('%s is answered in OpenAI shape', async (_name, text, status) => {
  const answer = await raw(text);
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  const body = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
  if (status !== 200)
    expect(body.error).toMatchObject({ type: 'invalid_request_error', message: expect.any(String) });
});
