import { createHook } from 'node:async_hooks';
import { fastify } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GatewayConfiguration } from '../../../src/gateway/configuration.ts';
import { authentication } from '../../../src/gateway/plugins/authentication.ts';
import { errors } from '../../../src/gateway/plugins/errors.ts';
import { inForceAtStart } from '../../../src/gateway/plugins/in-force.ts';
import { publicPages } from '../../../src/gateway/plugins/public-pages.ts';
import { refusedConfiguration } from '../../../src/gateway/plugins/refused-configuration.ts';
import { recordChosen } from '../../../src/keys/record.ts';
import { authorization, configurationWith, liveWith, portOf, until } from './support.ts';

interface Wait {
  readonly milliseconds: number;
  readonly signal: AbortSignal;
  readonly end: () => void;
}

/** The waits that were begun; each ends when the test ends it. */
let waits: Wait[];

/** A gateway's door, whose waits are the test's to end. */
function door(changes: Partial<GatewayConfiguration> = {}) {
  const app = fastify({ forceCloseConnections: true });
  app.register(inForceAtStart, { live: liveWith(configurationWith(changes)) });
  app.register(errors);
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
    const app = door({ problems: [problem] });
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

describe('unknown keys, where there is a password to check them against,', () => {
  const password = 'correct horse';
  const keys = [recordChosen('context', password)];
  let checks = 0;
  const counting = createHook({
    init: (_id, type) => {
      if (type === 'SCRYPTREQUEST') checks += 1;
    },
  });
  beforeAll(() => void counting.enable());
  afterAll(() => void counting.disable());
  beforeEach(() => {
    checks = 0;
  });

  const ask = async (app: ReturnType<typeof door>, key: string) => {
    const request = { url: '/v1/models', remoteAddress: '192.0.2.1', headers: { 'x-api-key': key } };
    const answer = await app.inject(request);
    return answer.statusCode === 200 ? 'let in' : answer.json().error.code;
  };
  const guess = (app: ReturnType<typeof door>) => ask(app, `wrong-${Math.random()}`);

  it('are checked a few times, and later ones only once they have waited', async () => {
    const app = door({ keys });
    const guesses = Array.from({ length: 40 }, () => guess(app));
    await until(() => waits.length === 2);
    const codes = await Promise.all([...guesses.slice(0, 5), ...guesses.slice(7)]);
    expect(codes.filter((code) => code === 'invalid_api_key')).toHaveLength(5);
    expect(codes.filter((code) => code === 'too_many_wrong_keys')).toHaveLength(33);
    expect(checks).toBe(5);
    for (const { end } of waits) end();
    expect(await Promise.all(guesses.slice(5, 7))).toEqual(['invalid_api_key', 'invalid_api_key']);
    expect(checks).toBe(7);
  });

  it('keep the password out no longer than its wait; then it is let in at once', async () => {
    const app = door({ keys });
    for (let count = 0; count < 6; count += 1) {
      const guessed = guess(app);
      await until(() => waits.length === Math.max(0, count - 4));
      waits.at(-1)?.end();
      await guessed;
    }
    const late = ask(app, password);
    await until(() => waits.length === 2);
    waits[1]?.end();
    expect(await late).toBe('let in');
    expect(await ask(app, password)).toBe('let in');
    expect(waits).toHaveLength(2);
  });

  it('cost one check however often the same one comes, and leave the password its turn', async () => {
    const app = door({ keys });
    for (let count = 0; count < 5; count += 1) expect(await ask(app, 'old')).toBe('invalid_api_key');
    expect(checks).toBe(1);
    const late = Array.from({ length: 9 }, () => ask(app, 'old'));
    await until(() => waits.length === 8);
    const right = ask(app, password);
    await until(() => waits.length === 9);
    for (const { end } of waits) end();
    expect(await right).toBe('let in');
    await Promise.all(late);
    expect(checks).toBe(2);
  });

  it('are not those that are right: a whole office begins at the same time', async () => {
    const app = door({ keys });
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(app, password)));
    expect(new Set(answers)).toEqual(new Set(['let in']));
    expect(checks).toBe(1);
    expect(waits).toEqual([]);
  });

  it('are not checked for a client that has left', async () => {
    const app = door({ keys });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const url = `http://127.0.0.1:${portOf(app.server)}/v1/models`;
    const send = (key: string, signal?: AbortSignal) =>
      fetch(url, { headers: { 'x-api-key': key }, ...(signal && { signal }) });
    for (let count = 0; count < 5; count += 1) expect((await send(`wrong-${count}`)).status).toBe(401);
    const leaving = new AbortController();
    const left = send(password, leaving.signal).catch(() => 'left');
    await until(() => waits.length === 1);
    leaving.abort();
    expect(await left).toBe('left');
    await until(() => waits[0]?.signal.aborted === true);
    await app.close();
    expect(checks).toBe(5);
  });
});
