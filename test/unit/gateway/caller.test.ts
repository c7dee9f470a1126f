import { describe, expect, it } from 'vitest';
import { callerOf, mayUse, modelsFor } from '../../../src/gateway/caller.ts';
import type { KeyPolicy } from '../../../src/keys/policy.ts';
import { generateKey, recordGenerated } from '../../../src/keys/record.ts';
import { configurationWith, testApp } from './support.ts';

const callerWith = (policy: KeyPolicy) => callerOf({ ...recordGenerated('ada', 'sk-ada'), ...policy });
const code = (expected: string) =>
  expect.objectContaining({ error: expect.objectContaining({ code: expected }) });

describe('a key', () => {
  it('without a policy is good for the work, without limits and end, and not for what everybody does', () => {
    expect(callerWith({})).toEqual({
      name: 'ada',
      scopes: ['chat', 'complete', 'embed'],
      limits: {},
      expiresAt: undefined,
    });
  });

  const models = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];

  it('that is for some models gets those, also for names that no model has', () => {
    const caller = callerWith({ limits: { models: ['c', 'b', 'elsewhere'] } });
    expect(modelsFor(caller, models, undefined)).toEqual([{ id: 'b' }, { id: 'c' }]);
    expect(modelsFor(caller, models, 'gpt-5')).toEqual([{ id: 'b' }, { id: 'c' }]);
    expect(modelsFor(caller, models, 'b')).toEqual([{ id: 'b' }, { id: 'c' }]);
    expect(mayUse(caller, 'a')).toBe(false);
  });

  it('that is for other models is told which it may use', () => {
    const caller = callerWith({ limits: { models: ['c'] } });
    expect(() => modelsFor(caller, models, 'a')).toThrow(code('model_not_allowed'));
    expect(() => modelsFor(caller, [{ id: 'a' }], undefined)).toThrow(code('model_not_allowed'));
    expect(modelsFor(caller, [], undefined)).toEqual([]);
  });
});

describe('a request', () => {
  const key = generateKey();
  const appFor = (policy: KeyPolicy) => {
    const keys = [{ ...recordGenerated('ada', key), ...policy }];
    const app = testApp({ configuration: configurationWith({ keys }) });
    app.get('/v1/for-admins', { config: { scope: 'admin' } }, async () => 'figures');
    const anthropic = (fault: { readonly status: number }) => ({ type: 'error', status: fault.status });
    app.get('/v1/otherwise', { config: { scope: 'admin', errorBody: anthropic } }, async () => 'figures');
    return app;
  };
  const ask = (policy: KeyPolicy, url = '/v1/models') =>
    appFor(policy).inject({ url, headers: { 'x-api-key': key } });
  const chat = (policy: KeyPolicy) =>
    appFor(policy).inject({
      method: 'POST',
      url: '/v1/chat/completions',
      headers: { 'x-api-key': key },
      payload: { model: 'chat-model', messages: [{ role: 'user', content: 'hi' }] },
    });

  it('with an expired key gets 401, and is told when it ended', async () => {
    const response = await ask({ expiresAt: '2026-01-31T00:00:00.000Z' });
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toBe('Bearer');
    expect(response.json().error).toMatchObject({ code: 'key_expired', type: 'authentication_error' });
    expect(response.json().error.message).toContain('2026-01-31');
  });

  it('with a key that still lives is answered', async () => {
    expect((await ask({ expiresAt: '9999-01-01T00:00:00Z' })).statusCode).toBe(200);
  });

  it('whose key lacks the scope of the route gets 403, in the form of the route', async () => {
    const response = await ask({ scopes: ['chat'] }, '/v1/for-admins');
    expect(response.statusCode).toBe(403);
    expect(response.json().error).toMatchObject({ code: 'scope_missing', type: 'permission_error' });
    expect((await ask({ scopes: ['admin'] }, '/v1/for-admins')).statusCode).toBe(200);
    const otherwise = await ask({}, '/v1/otherwise');
    expect(otherwise.json()).toEqual({ type: 'error', status: 403 });
  });

  it('whose key is not for chat gets 403, and 404 where it is not for that model', async () => {
    const unfit = await chat({ scopes: ['complete'] });
    expect([unfit.statusCode, unfit.json().error.code]).toEqual([403, 'scope_missing']);
    const other = await chat({ limits: { models: ['fim-model'] } });
    expect([other.statusCode, other.json().error]).toEqual([
      404,
      expect.objectContaining({ code: 'model_not_allowed', param: 'model' }),
    ]);
    expect(other.json().error.message).toContain('fim-model');
  });
});
