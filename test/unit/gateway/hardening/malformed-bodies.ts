import fc from 'fast-check';
import { type Body, soundRequests } from './sound-requests.ts';
import { type MalformedRequest, wire } from './wire.ts';

/** Those that make the engine work, and those that ask about models. */
export const paths = fc.constantFrom(...Object.keys(soundRequests));
const sound = (path: string): Body => soundRequests[path] ?? {};
/** JSON of a sound request. */
export const textOf = (path: string) => JSON.stringify(sound(path));
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

/** Any bytes. */
export const anyOf = (maxLength: number) =>
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

const anyBytes = fc.tuple(paths, anyOf(200)).map(([path, body]) => request('no JSON', path, body));

/** Bodies that are wrong, in requests that are not. */
export const malformedBodies = fc.oneof(
  cutJson,
  garbledJson,
  noUtf8,
  { arbitrary: wrongField, weight: 6 },
  { arbitrary: nestedField, weight: 3 },
  otherJson,
  anyBytes,
);
