import fc from 'fast-check';
import { anyOf, malformedBodies, paths, textOf } from './malformed-bodies.ts';
import { bodyLimit, type MalformedRequest, wire } from './wire.ts';

const headers = fc
  .tuple(
    paths,
    fc.oneof(
      fc
        .integer({ min: 1, max: 4000 })
        .map((count) => `${'x-a: b\r\n'.repeat(count)}transfer-encoding: nonsense\r\n`),
      fc.integer({ min: 17_000, max: 60_000 }).map((length) => `x-a: ${'y'.repeat(length)}\r\n`),
      anyOf(20).map((name) => `\x01${name.toString('latin1')}: x\r\n`),
      anyOf(20).map((value) => `x-a: b\0${value.toString('latin1')}\r\n`),
      fc.constantFrom(
        'expect: nonsense\r\n',
        ' folded\r\n',
        'no colon\r\n',
        ': empty\r\n',
        'content-type: ;;\r\n',
        'content-type: multipart/form-data; boundary=x\r\n',
        'content-encoding: gzip\r\n',
        'content-type: text/plain; charset=utf-16\r\n',
        'upgrade: websocket\r\nconnection: upgrade\r\n',
        'http2-settings: AAMAAABkAAQAoAAAAAIAAAAA\r\nupgrade: h2c\r\n',
        'authorization: Bearer \r\n',
        'cookie: a=b\r\n'.repeat(300),
      ),
    ),
  )
  .map(([path, head]) => ({
    kind: 'wrong headers',
    path,
    bytes: wire(path, { head, body: Buffer.from('{') }),
  }));

const length = fc
  .tuple(
    paths,
    fc.oneof(
      fc.constantFrom(
        '-1',
        '0x10',
        '1e3',
        '3, 4',
        '',
        ' ',
        '99999999999999999999',
        '3\r\ncontent-length: 4',
        '+2',
      ),
      fc.integer({ min: 0, max: 20 }).map(String),
      fc.integer({ min: 5000, max: 50_000 }).map(String),
    ),
  )
  .map(([path, value]) => ({
    kind: 'a wrong length',
    path,
    bytes: wire(path, { head: `content-length: ${value}\r\n`, body: Buffer.from(textOf(path)) }),
    unfinished: true,
  }));

const chunked = fc
  .tuple(
    paths,
    fc.oneof(
      fc.constantFrom(
        'zz\r\n{}\r\n0\r\n\r\n',
        '-1\r\n{}\r\n',
        '2\r\n{}0\r\n\r\n',
        'ffffffffffffffffff\r\n{}',
        `2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
        '1\r\n{\r\n0\r\nx: y\r\nnonsense\r\n\r\n',
        '2\r\n{}\r\n',
        '1\r\n{\r\n0\r\n\r\n',
        `${'1\r\n \r\n'.repeat(2000)}0\r\n\r\n`,
      ),
      anyOf(60).map((garbage) => garbage.toString('latin1')),
    ),
    fc.constantFrom('', 'content-length: 3\r\n'),
  )
  .map(([path, text, more]) => ({
    kind: 'wrong chunks',
    path,
    bytes: wire(path, { head: `transfer-encoding: chunked\r\n${more}`, body: Buffer.from(text, 'latin1') }),
    unfinished: true,
  }));

const tooLarge = fc.tuple(paths, fc.boolean()).map(([path, isAnnounced]) => {
  const body = Buffer.from(`{"x":"${'y'.repeat(bodyLimit)}"}`);
  const head = isAnnounced ? '' : 'transfer-encoding: chunked\r\n';
  const whole = isAnnounced
    ? body
    : Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')]);
  return { kind: 'too large', path, bytes: wire(path, { head, body: whole }) };
});

const unknownPath = fc
  .tuple(
    fc.constantFrom('/', '/v1/', '/api/', '/v1/messages/', '/v1/v1/', '//', '/v1/models/a/', 'http://y/'),
    fc.oneof(
      fc.string({ minLength: 1, maxLength: 30 }),
      fc.constantFrom('%zz', '%00', '..', '%2e%2e/%2e%2e', 'x'.repeat(8000)),
    ),
    fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH'),
  )
  .map(([prefix, name, method]) => {
    const path = `${prefix}zz${name.replaceAll(/[^\x21-\x7e]/g, '%')}`;
    return { kind: 'an unknown path', path, bytes: wire(path, { method, body: Buffer.from('{}') }) };
  });

const wrongMethod = fc
  .tuple(
    paths,
    fc.constantFrom('GET', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND', 'SEARCH', 'LINK', 'QUERY'),
  )
  .map(([path, method]) => ({ kind: 'a wrong method', path, bytes: wire(path, { method }) }));

const noHttp = fc
  .oneof(
    anyOf(300),
    fc.constantFrom(
      Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
      Buffer.from('GET / HTTP/9.9\r\n\r\n'),
      Buffer.from('GET  HTTP/1.1\r\nhost: x\r\n\r\n'),
      Buffer.from('POST /v1/chat/completions\r\n\r\n'),
      Buffer.from('CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n'),
      Buffer.from('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'latin1'),
      Buffer.from('\r\n'.repeat(50)),
    ),
  )
  .map((garbage) => ({ kind: 'no HTTP', path: '/', bytes: garbage, unfinished: true }));
const all = fc.oneof(
  { arbitrary: malformedBodies, weight: 14 },
  headers,
  length,
  chunked,
  tooLarge,
  unknownPath,
  wrongMethod,
  noHttp,
);

/** The same requests for the same seed. */
export function malformedRequests(seed: number, count: number): readonly MalformedRequest[] {
  return fc.sample<MalformedRequest>(all, { seed, numRuns: count });
}
