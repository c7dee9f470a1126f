import { fastify } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import { authentication } from '../../../src/gateway/plugins/authentication.ts';
import { errors } from '../../../src/gateway/plugins/errors.ts';
import { inForceAtStart } from '../../../src/gateway/plugins/in-force.ts';
import { publicPages } from '../../../src/gateway/plugins/public-pages.ts';
import { refusedConfiguration } from '../../../src/gateway/plugins/refused-configuration.ts';
import { authorization, configurationWith, liveWith, portOf, until } from './support.ts';

interface Wait {
  readonly milliseconds: number;
  readonly signal: AbortSignal;
  readonly end: () => void;
}

/** The waits that were begun; each ends when the test ends it. */
let waits: Wait[];

/** A gateway's door, whose waits are the test's to end. */
function door(problems: ReturnType<typeof configurationWith>['problems'] = []) {
  const app = fastify({ forceCloseConnections: true });
  app.register(inForceAtStart, { live: liveWith(configurationWith({ problems })) });
  app.register(errors, { bodyLimit: 1 });
  app.register(refusedConfiguration);
  app.register(authentication, {
    wait: (milliseconds, signal) => {
      if (milliseconds === 0) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => resolve());
      waits.push({ milliseconds, signal, end: resolve });
      return promise;
    },
  });
  app.register(publicPages, { modelStatus: async () => 'loaded' as const });
  app.get('/v1/models', async () => ({}));
  return app;
}

beforeEach(() => {
  waits = [];
});

describe('wrong keys', () => {
  const wrong = (app: ReturnType<typeof door>, url = '/v1/models', remoteAddress = '192.0.2.1') =>
    app.inject({ url, remoteAddress, headers: { authorization: `Bearer wrong-${Math.random()}` } });
  const right = (app: ReturnType<typeof door>) =>
    app.inject({ url: '/v1/models', remoteAddress: '192.0.2.1', headers: { authorization } });

  it('are answered late after a few, and a right one from the same address at once all the while', async () => {
    const app = door();
    for (let count = 0; count < 5; count += 1) expect((await wrong(app)).statusCode).toBe(401);
    const late = [wrong(app), wrong(app), wrong(app)];
    await until(() => waits.length === 3);
    expect(waits.map(({ milliseconds }) => Math.round(milliseconds / 250))).toEqual([1, 2, 4]);
    for (let count = 0; count < 50; count += 1) expect((await right(app)).statusCode).toBe(200);
    expect((await wrong(app, '/v1/models', '192.0.2.2')).statusCode).toBe(401);
    expect(waits).toHaveLength(3);
    for (const { end } of waits) end();
    for (const answer of late) expect((await answer).json().error.code).toBe('invalid_api_key');
  });

  it('are refused at once when too many answers wait, until some have ended', async () => {
    const app = door();
    const all = Array.from({ length: 13 }, () => wrong(app));
    await until(() => waits.length === 8);
    const refused = await wrong(app);
    expect(refused.statusCode).toBe(429);
    expect(refused.headers['retry-after']).toBe('5');
    expect(refused.json().error.code).toBe('too_many_wrong_keys');
    for (const { end } of waits) end();
    await Promise.all(all);
    const next = wrong(app);
    await until(() => waits.length === 9);
    waits[8]?.end();
    expect((await next).statusCode).toBe(401);
  });

  it('are no better tried where none is needed', async () => {
    const problem = { code: 'X', what: 'It is wrong.', fix: 'Correct it.' };
    const app = door([problem]);
    for (let count = 0; count < 5; count += 1) await wrong(app);
    const late = wrong(app);
    await until(() => waits.length === 1);
    waits[0]?.end();
    expect((await late).statusCode).toBe(503);
  });

  it('are not those that are not there: who sends none is told so at once', async () => {
    const app = door();
    for (let count = 0; count < 20; count += 1) {
      expect((await app.inject({ url: '/v1/models' })).statusCode).toBe(401);
    }
    expect(waits).toEqual([]);
  });

  it('cost nothing any more once the client has left', async () => {
    const app = door();
    await app.listen({ port: 0, host: '127.0.0.1' });
    const url = `http://127.0.0.1:${portOf(app.server)}/v1/models`;
    const leaving = new AbortController();
    const ask = () => fetch(url, { headers: { 'x-api-key': 'wrong' }, signal: leaving.signal });
    for (let count = 0; count < 5; count += 1) expect((await ask()).status).toBe(401);
    const left = ask().catch(() => 'left');
    await until(() => waits.length === 1);
    leaving.abort();
    expect(await left).toBe('left');
    await until(() => waits[0]?.signal.aborted === true);
    await app.close();
  });
});
