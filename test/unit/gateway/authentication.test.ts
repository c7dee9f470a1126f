import { describe, expect, it } from 'vitest';
import { presentedKeys } from '../../../src/gateway/presented-keys.ts';
import { Keyring } from '../../../src/keys/keyring.ts';
import { generateKey, recordChosen, recordGenerated } from '../../../src/keys/record.ts';
import { authorization, configurationWith, key, testApp } from './support.ts';

const inBase64 = (text: string) => Buffer.from(text).toString('base64');

describe('presentedKeys', () => {
  it.each([
    [{ authorization: 'Bearer a' }, ['a']],
    [{ authorization: 'bearer  a ' }, ['a']],
    [{ authorization: 'BEARER a', 'x-api-key': 'b', 'api-key': 'c' }, ['a', 'b', 'c']],
    [{ authorization: 'Bearer ', 'x-api-key': 'b' }, ['b']],
    [{ authorization: `Basic ${inBase64('any:a:b')}` }, ['a:b']],
    [{ authorization: `basic ${inBase64(':a')}`, 'api-key': 'b' }, ['a', 'b']],
    [{ authorization: `Basic ${inBase64('a:')}`, 'x-api-key': 'b' }, ['b']],
    [{ authorization: `Basic ${inBase64('a')}` }, []],
    [{ authorization: 'Digest a' }, []],
    [{ authorization: 'Bearera' }, []],
    [{ 'x-api-key': ' ' }, []],
    [{}, []],
  ])('finds in %j %j', (headers, keys) => {
    expect(presentedKeys(headers)).toEqual(keys);
  });
});

describe('a request', () => {
  const app = testApp();
  const models = (headers: Record<string, string>) => app.inject({ url: '/v1/models', headers });

  it.each([
    { authorization },
    { authorization: `bEARER ${key}` },
    { 'x-api-key': key },
    { 'api-key': key },
    { authorization: 'Bearer undefined', 'x-api-key': key },
  ])('with the key in %j is answered', async (headers) => {
    expect((await models(headers)).statusCode).toBe(200);
  });

  it('without a key is told how to send one', async () => {
    const response = await models({});
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toBe('Bearer');
    expect(response.json().error).toMatchObject({
      code: 'missing_api_key',
      type: 'authentication_error',
      param: null,
    });
  });

  it('with a wrong key is refused without its being repeated', async () => {
    const response = await models({ authorization: 'Bearer wrong-secret' });
    expect(response.statusCode).toBe(401);
    expect(response.json().error.code).toBe('invalid_api_key');
    expect(response.body).not.toContain('wrong-secret');
  });

  it('with a wrong key is not to be tried again: Claude Code would, for three minutes', async () => {
    const response = await models({ authorization: 'Bearer wrong-secret' });
    expect(response.headers['x-should-retry']).toBe('false');
  });

  it('without a key learns nothing about paths', async () => {
    expect((await app.inject({ url: '/v1/nowhere' })).statusCode).toBe(401);
  });

  it('is let in by a chosen password', async () => {
    const withPassword = testApp({
      configuration: configurationWith({ keys: [recordChosen('team', 'correct horse')] }),
    });
    const ask = (password: string) =>
      withPassword.inject({ url: '/v1/models', headers: { 'x-api-key': password } });
    expect((await ask('correct horse')).statusCode).toBe(200);
    expect((await ask('wrong horse')).statusCode).toBe(401);
  });
});

describe('the keyring', () => {
  it('names the record of each key', async () => {
    const generated = generateKey();
    const keyring = new Keyring([recordChosen('a', 'password'), recordGenerated('b', generated)]);
    expect((await keyring.findFirst(['password']))?.name).toBe('a');
    expect((await keyring.findFirst([generated]))?.name).toBe('b');
    expect(await keyring.findFirst(['other'])).toBeUndefined();
  });

  it('pays for a password once: it is known while a flood of guesses lets no other be checked', async () => {
    const keyring = new Keyring([recordChosen('a', 'password')]);
    await Promise.all(Array.from({ length: 200 }, () => keyring.findFirst(['password'])));
    const flood = Promise.allSettled(
      Array.from({ length: 60 }, (_, index) => keyring.findFirst([`g${index}`], `host-${index}`)),
    );
    await expect(keyring.findFirst(['passwort'])).rejects.toMatchObject({ code: 'too_many_key_checks' });
    expect((await keyring.findFirst(['password']))?.name).toBe('a');
    await flood;
  });

  it('tries what costs nothing first: an invented key beside the right one does no harm', async () => {
    const generated = generateKey();
    const keyring = new Keyring([recordChosen('a', 'password'), recordGenerated('b', generated)]);
    const guesses = Array.from({ length: 60 }, (_, index) => keyring.findFirst([`g${index}`]));
    const flood = Promise.allSettled(guesses);
    expect((await keyring.findFirst(['undefined', generated]))?.name).toBe('b');
    await flood;
  });

  it('refuses a flood of guesses, and recovers', async () => {
    const keyring = new Keyring([recordChosen('a', 'password')]);
    const guesses = await Promise.allSettled(
      Array.from({ length: 60 }, (_, index) => keyring.findFirst([`g${index}`], `host-${index % 6}`)),
    );
    const refused = guesses.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(60 - 34);
    expect(refused[0]).toMatchObject({ reason: { code: 'too_many_key_checks' } });
    expect((await keyring.findFirst(['password']))?.name).toBe('a');
  });

  it('lets the flood of one source keep nobody else out', async () => {
    const keyring = new Keyring([recordChosen('a', 'password')]);
    const flood = Promise.allSettled(
      Array.from({ length: 60 }, (_, index) => keyring.findFirst([`g${index}`], 'guesser')),
    );
    expect((await keyring.findFirst(['password'], 'office'))?.name).toBe('a');
    expect((await flood).filter(({ status }) => status === 'rejected')).toHaveLength(60 - 18);
  });
});
