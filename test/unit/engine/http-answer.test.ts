import { describe, expect, test } from 'vitest';
import { BadAnswer, HttpAnswer } from '../../../src/engine/http-answer.ts';

/** Status and body of `parts`, read one after the other through a buffer that is used again for each. */
function read(parts: readonly Buffer[]): { status: number | undefined; body: string; isComplete: boolean } {
  const answer = new HttpAnswer();
  const shared = Buffer.alloc(65_536);
  const bodies: Buffer[] = [];
  for (const part of parts) {
    part.copy(shared);
    bodies.push(answer.push(shared.subarray(0, part.length)));
    shared.fill(0x7e);
  }
  const { status, isComplete } = answer;
  return { status, body: Buffer.concat(bodies).toString(), isComplete };
}

const answers = {
  'of a known length': 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\nwörld',
  'in chunks':
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwör\r\n0002;name=value\r\nld\r\n0\r\n\r\n',
  'in chunks, with trailers':
    'HTTP/1.1 200 OK\r\ntransfer-encoding:chunked\r\n\r\n6\r\nwörld\r\n0\r\nX-Trailer: 1\r\n\r\n',
  'after something that was said before':
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length:6\r\n\r\nwörld',
} as const;

describe('an answer', () => {
  for (const [kind, text] of Object.entries(answers)) {
    test(`${kind} is read, wherever it is cut in two`, () => {
      const bytes = Buffer.from(text);
      for (let at = 0; at <= bytes.length; at += 1) {
        expect(read([bytes.subarray(0, at), bytes.subarray(at)])).toEqual({
          status: 200,
          body: 'wörld',
          isComplete: true,
        });
      }
    });

    test(`${kind} is read byte by byte`, () => {
      const bytes = Buffer.from(text);
      const parts = [...bytes].map((byte) => Buffer.of(byte));
      expect(read(parts)).toEqual({ status: 200, body: 'wörld', isComplete: true });
    });
  }

  test('without a length goes on to the end of the connection', () => {
    const answer = new HttpAnswer();
    expect(answer.push(Buffer.from('HTTP/1.0 503 Gone\r\n\r\nsome')).toString()).toBe('some');
    expect(answer.push(Buffer.from('thing')).toString()).toBe('thing');
    expect([answer.status, answer.isComplete]).toEqual([503, false]);
    answer.end();
    expect(answer.isComplete).toBe(true);
  });

  test('of no bytes is complete with its head', () => {
    expect(read([Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')])).toEqual({
      status: 200,
      body: '',
      isComplete: true,
    });
  });

  test.each([
    'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nwor',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nworl',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nworld\r\n',
    'HTTP/1.1 200 OK\r\nContent-Le',
    '',
  ])('that ends too early is bad: %j', (text) => {
    const answer = new HttpAnswer();
    answer.push(Buffer.from(text));
    expect(() => answer.end()).toThrow(BadAnswer);
  });

  test.each([
    'HTTP/2 200\r\n\r\n',
    'SSH-2.0-OpenSSH\r\n\r\n',
    'HTTP/1.1 two hundred\r\n\r\n',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nbody',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nbody',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbodymore\r\n',
    `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(20_000)}`,
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;${'a'.repeat(2000)}`,
  ])('that is no HTTP is bad', (text) => {
    expect(() => new HttpAnswer().push(Buffer.from(text))).toThrow(BadAnswer);
  });
});
