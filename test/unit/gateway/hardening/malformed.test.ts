import { afterAll, beforeAll, expect, it } from 'vitest';
import { dialectsByPath } from '../../../../src/gateway/dialects/table.ts';
import { embeddingDialectsByPath } from '../../../../src/gateway/embeddings/dialects.ts';
import { type FakeEngine, startFakeEngine } from '../fake-engine.ts';
import { configurationWith, portOf, testApp, until } from '../support.ts';
import { envelopeOf, ownFailure, unreadEnvelope } from './envelope.ts';
import { malformedRequests } from './malformed-requests.ts';
import { heapInUse, openFiles } from './process-use.ts';
import { type RawAnswer, sendRaw } from './raw-request.ts';
import { soundRequests } from './sound-requests.ts';
import { bodyLimit, type MalformedRequest } from './wire.ts';

const seed = 20_261_121;
const count = 10_000;
const atOnce = 16;

/** Bytes of heap by which one moment differs from another though nothing was kept. */
const heapNoise = 8 * 2 ** 20;

const model = { id: 'm', roles: ['chat', 'complete', 'embed'] as const, contextSize: 2 ** 20, slots: 64 };
let fake: FakeEngine;
let app: ReturnType<typeof testApp>;

beforeAll(async () => {
  fake = await startFakeEngine();
  // Whatever gets so far is wrong for the engine.
  fake.handler = (_request, response) => {
    fake.requests.length = 0;
    response.statusCode = 400;
    response.end('{"error":{"code":400,"message":"invalid","type":"invalid_request_error"}}');
  };
  const configuration = configurationWith({ models: [{ ...model, roles: [...model.roles] }] });
  app = testApp({ configuration, bodyLimit }, fake.socket);
  await app.listen({ port: 0, host: '127.0.0.1' });
});

afterAll(async () => {
  await app.close();
  await fake.close();
});

/** What is wrong with the answer; undefined where nothing is. */
function complaint({ path, unfinished }: MalformedRequest, { status, body }: RawAnswer): string | undefined {
  // A client that left in the middle is owed nothing.
  if (status === 0 && unfinished) return undefined;
  // Its one field takes any text.
  if (status === 200 && path === '/api/show') return undefined;
  if (status < 400 || status === 500 || status > 599) return `status ${status}`;
  if (ownFailure.test(body)) return 'a failure of our own';
  const isRefused = [envelopeOf(path), unreadEnvelope].some((form) => form.safeParse(parsed(body)).success);
  return isRefused ? undefined : `body ${body.slice(0, 300)}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function sendAll(all: readonly MalformedRequest[]): Promise<string[]> {
  const complaints: string[] = [];
  const rest = all.values();
  const send = async () => {
    for (const request of rest) {
      const { kind, path, bytes, unfinished = false } = request;
      const answer = await sendRaw(portOf(app.server), bytes, unfinished);
      const wrong = complaint(request, answer);
      if (wrong)
        complaints.push(`${kind} at ${path}: ${wrong} for ${bytes.toString('latin1').slice(0, 700)}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, send));
  return complaints;
}

it('there is a sound request to spoil for each path that makes the engine work', () => {
  const paths = [...Object.keys(dialectsByPath), ...Object.keys(embeddingDialectsByPath)];
  expect(paths.filter((path) => !(path in soundRequests))).toEqual([]);
});

it('ten thousand malformed requests are refused in the form of their dialect, and leave nothing behind', async () => {
  const all = malformedRequests(seed, count);
  const warmUp = all.slice(0, count / 10);
  const complaints = await sendAll(warmUp);
  await until(() => fake.open() === 0);
  const [filesBefore, heapBefore] = [openFiles(), heapInUse()];
  complaints.push(...(await sendAll(all.slice(warmUp.length))));
  expect(complaints.slice(0, 20)).toEqual([]);
  await until(() => openFiles() <= filesBefore, 10);
  expect(heapInUse() - heapBefore).toBeLessThan(heapNoise);
}, 120_000);
