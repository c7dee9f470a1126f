import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure } from '../../../src/errors/catalogue.ts';
import { problemForStrangers } from '../../../src/gateway/for-strangers.ts';
import type { Fetching } from '../../../src/models/progress.ts';
import type { FetchProgress } from '../../../src/models/record.ts';
import type { Status } from '../../../src/report/status.ts';
import { authorization, configurationWith, testApp } from './support.ts';

/** What nobody without a key may read, wherever it stands. */
const secret = 'secret-team';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'strangers-'));
});
afterAll(() => rm(directory, { recursive: true }));

function problem(error: ReturnType<typeof failure>, variable?: string) {
  return { code: error.code, ...(variable && { variable }), what: error.message, fix: error.fix };
}

const place = `hf:${secret}/models/${secret}.gguf`;
const reason = `https://mirror.${secret}.example does not have ${place}.`;
const notFetched = problem(
  failure('MODEL_NOT_FETCHED', { model: place, used: 'baked', reason }),
  'ONEAPP_COPILOT_AI_MODEL',
);
const adapter = problem(failure('ADAPTER_NOT_HERE', { adapter: place }));
const provided = problem(
  failure('CERTIFICATE_FILE_UNUSABLE', { source: `disk:${secret}/a.crt`, reason: 'it is a link' }),
);
const slow = problem(failure('SIZING_SLOW_CONTEXT', { size: 4096, model: 'chat-model' }));
const mistyped = problem(
  failure('CONTEXT_BAD_SOURCE', {
    variable: 'ONEAPP_COPILOT_AI_MODEL',
    found: place,
    fault: 'x',
    example: 'y',
  }),
);

const status: Status = {
  version: '1.2.3',
  state: 'degraded',
  reason: `${notFetched.what} ${provided.what} ${slow.what}`,
  since: '2026-11-21T07:00:00.000Z',
  models: ['chat-model'],
  errors: [],
  warnings: [notFetched, adapter, provided, slow],
};

const states: readonly FetchProgress[] = [
  { state: 'waiting' },
  { state: 'downloading', received: 437, size: 1000 },
  { state: 'downloading', received: 437 },
  { state: 'retrying', reason, retryAt: '2026-11-21T08:00:00.000Z', attempt: 2 },
  { state: 'verifying', received: 999, size: 1000 },
  { state: 'done' },
  { state: 'failed', code: 'MODEL_FETCH_NOT_FOUND', what: reason, fix: reason },
];
const fetching: Fetching = {
  request: 'x',
  files: states.map((progress) => ({ id: secret, holds: 'adapter', source: place, key: 'k', progress })),
};

async function appWith(said: Status | undefined, problems: (typeof mistyped)[] = []) {
  const paths = { status: join(directory, 'status.json'), fetching: join(directory, 'models.json') };
  await writeFile(paths.status, said ? JSON.stringify(said) : '');
  await writeFile(paths.fetching, JSON.stringify(fetching));
  return testApp({ configuration: configurationWith({ ...paths, problems }) });
}

const wrong = { authorization: 'Bearer wrong' };

describe('GET /status', () => {
  it.each([{}, wrong])('does not say with %j where models and certificates come from', async (headers) => {
    const response = await (await appWith(status)).inject({ url: '/status', headers });
    expect(response.statusCode).toBe(200);
    expect(response.body).not.toContain(secret);
    const { warnings, reason: told, fetching: arrivals } = response.json();
    const hidden = problemForStrangers(notFetched);
    const authority = problemForStrangers(provided);
    expect(warnings).toEqual([
      hidden,
      { ...hidden, code: adapter.code, variable: undefined },
      authority,
      slow,
    ]);
    expect(warnings[0]).toMatchObject({ code: 'MODEL_NOT_FETCHED', variable: 'ONEAPP_COPILOT_AI_MODEL' });
    expect(told).toBe(`${hidden.what} ${authority.what} ${slow.what}`);
    expect(arrivals.map(({ progress }: { progress: string }) => progress)).toEqual([
      'waiting',
      'downloading, 43 %',
      'downloading',
      'retrying',
      'verifying, 99 %',
      'done',
      'failed',
    ]);
  });

  it('says everything to people with a key', async () => {
    const response = await (await appWith(status)).inject({ url: '/status', headers: { authorization } });
    const { warnings, reason: told, fetching: arrivals } = response.json();
    expect(warnings).toEqual(status.warnings);
    expect(told).toBe(status.reason);
    expect(arrivals[3]).toEqual({ id: secret, holds: 'adapter', progress: expect.stringContaining(reason) });
  });
});

describe('a refused context', () => {
  it.each(['/status', '/v1/models', '/health'])('is told at %s, its places only with a key', async (url) => {
    const app = await appWith(undefined, [mistyped, slow]);
    const stranger = await app.inject({ url });
    expect(stranger.statusCode).toBe(503);
    expect(stranger.body).not.toContain(secret);
    expect(stranger.body).toContain('CONTEXT_BAD_SOURCE');
    expect(stranger.body).toContain(slow.what);
    expect((await app.inject({ url, headers: wrong })).body).not.toContain(secret);
    expect((await app.inject({ url, headers: { authorization } })).body).toContain(mistyped.what);
  });
});
