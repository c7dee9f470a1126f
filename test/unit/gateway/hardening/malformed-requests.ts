import fc from 'fast-check';
import { authorization } from '../support.ts';
import { type Body, soundRequests } from './sound-requests.ts';

/** A request that is wrong in some way, as it goes over the wire. */
export interface MalformedRequest {
  readonly kind: string;
  /** Where it goes, as far as that can be read. */
  readonly path: string;
  readonly bytes: Buffer;
  /** Whether more is announced than comes. */
  readonly unfinished?: boolean;
}

/** Bytes that the gateway under test takes as a body; further ones are too many. */
export const bodyLimit = 64 * 1024;

const usualHead = `host: x\r\nconnection: close\r\nauthorization: ${authorization}\r\n`;

interface Wire {
  readonly method?: string;
  readonly head?: string;
  readonly body?: Buffer;
}

function wire(path: string, { method = 'POST', head = '', body = Buffer.alloc(0) }: Wire): Buffer {
  const length = /content-length|transfer-encoding/i.test(head) ? '' : `content-length: ${body.length}\r\n`;
  return Buffer.concat([
    Buffer.from(`${method} ${path} HTTP/1.1\r\n${usualHead}${length}${head}\r\n`, 'latin1'),
    body,
  ]);
}

const paths = fc.constantFrom(...Object.keys(soundRequests));
const sound = (path: string): Body => soundRequests[path] ?? {};
const textOf = (path: string) => JSON.stringify(sound(path));
const request = (kind: string, path: string, body: Buffer | string): MalformedRequest => ({
  kind,
  path,
  bytes: wire(path, { body: Buffer.from(body) }),
});

/** Values that no field is meant to have; texts stand for themselves, since some are no JSON of JavaScript's. */
const oddTexts = [
  'null',
  'true',
  '-1',
  '1.5',
  '1e400',
  '-0',
  '99999999999999999999',
  '""',
  '"x"',
  '[]',
  '{}',
  '[[]]',
  '[null]',
  '[{}]',
  '{"type":"x"}',
  '[{"type":null}]',
  '{"__proto__":{"x":1},"constructor":{"prototype":1}}',
  '"\\ud800"',
  '"\\u0000"',
  '"a\\u0000\\ud83d\\ude00\\udc00"',
  `"${'x'.repeat(20_000)}"`,
  `[${Array(3000).fill('1').join()}]`,
];
const oddText = fc.oneof(fc.constantFrom(...oddTexts), fc.json({ maxDepth: 3 }));

const nestedText = fc
  .record({
    depth: fc.constantFrom(10, 100, 1000, 5000, 10_000),
    0: fc.constantFrom(
      ['[', ']', ''] as const,
      ['{"a":', '}', '1'] as const,
      ['{"properties":{"x":', '}}', '{}'] as const,
    ),
  })
  .map(({ depth, 0: [open, close, core] }) => open.repeat(depth) + core + close.repeat(depth));

/** Every place in `value`, as the steps that lead there. */
function placesIn(value: unknown): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [];
  const steps = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return steps.flatMap((step) => [
    [step],
    ...placesIn(Reflect.get(value, step)).map((rest) => [step, ...rest]),
  ]);
}

const marker = '@place@';

/** The body of `path` with `text` in the place of what one of its fields holds. */
function spoilt(path: string, place: number, text: string): string {
  const places = placesIn(sound(path));
  const steps = places[place % places.length] ?? [];
  const copy: unknown = JSON.parse(textOf(path));
  const last = steps.at(-1);
  let holder = copy;
  for (const step of steps.slice(0, -1))
    holder = typeof holder === 'object' && holder ? Reflect.get(holder, step) : {};
  if (typeof holder === 'object' && holder && last !== undefined) Reflect.set(holder, last, marker);
  return JSON.stringify(copy).replace(`"${marker}"`, () => text);
}

const bytes = (maxLength: number) =>
  fc.uint8Array({ minLength: 1, maxLength }).map((array) => Buffer.from(array));

const cutJson = fc
  .tuple(paths, fc.nat())
  .map(([path, at]) => request('JSON cut off', path, textOf(path).slice(0, at % textOf(path).length)));

const garbledJson = fc
  .tuple(paths, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 }))
  .map(([path, changes]) => {
    const body = Buffer.from(textOf(path));
    for (const [at, value] of changes) body[at % body.length] = value;
    return request('JSON garbled', path, body);
  });

const noUtf8 = fc
  .tuple(
    paths,
    fc.nat(),
    fc.constantFrom([0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf8], [0xe2, 0x82], [0]),
  )
  .map(([path, at, sequence]) => {
    const text = Buffer.from(textOf(path));
    const cut = at % text.length;
    return request(
      'no UTF-8',
      path,
      Buffer.concat([text.subarray(0, cut), Buffer.from(sequence), text.subarray(cut)]),
    );
  });

const wrongField = fc
  .tuple(paths, fc.nat(), oddText)
  .map(([path, place, text]) => request('a wrong field', path, spoilt(path, place, text)));

const nestedField = fc
  .tuple(paths, fc.nat(), nestedText)
  .map(([path, place, text]) => request('deep nesting', path, spoilt(path, place, text)));

const otherJson = fc
  .tuple(paths, fc.oneof(fc.json(), fc.constantFrom(...oddTexts), nestedText))
  .filter(([, text]) => !text.startsWith('{'))
  .map(([path, text]) => request('no object', path, text));

const anyBytes = fc.tuple(paths, bytes(200)).map(([path, body]) => request('no JSON', path, body));

const headers = fc
  .tuple(
    paths,
    fc.oneof(
      fc
        .integer({ min: 1, max: 4000 })
        .map((count) => `${'x-a: b\r\n'.repeat(count)}transfer-encoding: nonsense\r\n`),
      fc.integer({ min: 17_000, max: 60_000 }).map((length) => `x-a: ${'y'.repeat(length)}\r\n`),
      bytes(20).map((name) => `\x01${name.toString('latin1')}: x\r\n`),
      bytes(20).map((value) => `x-a: b\0${value.toString('latin1')}\r\n`),
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
      bytes(60).map((garbage) => garbage.toString('latin1')),
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
    bytes(300),
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
  cutJson,
  garbledJson,
  noUtf8,
  { arbitrary: wrongField, weight: 6 },
  { arbitrary: nestedField, weight: 3 },
  otherJson,
  anyBytes,
  headers,
  length,
  chunked,
  { arbitrary: tooLarge, weight: 1 },
  unknownPath,
  wrongMethod,
  noHttp,
);

/** The same requests for the same seed. */
export function malformedRequests(seed: number, count: number): readonly MalformedRequest[] {
  return fc.sample<MalformedRequest>(all, { seed, numRuns: count });
}
