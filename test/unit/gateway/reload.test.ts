import { readFile, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { beforeEach, describe, expect, it } from 'vitest';
import { joinIdentity, splitIdentity } from '../../../src/certificates/identity.ts';
import { reloadGateway } from '../../../src/gateway/control-client.ts';
import { startGateway } from '../../../src/gateway/start.ts';
import { generateKey, recordChosen, recordGenerated } from '../../../src/keys/record.ts';
import { addKey, changeKey, emptyKeyStore, revokeKey } from '../../../src/keys/store.ts';
import { ReloadWorld } from './reload-world.ts';
import { configurationWith, key } from './support.ts';

const world = new ReloadWorld();
const readyStatus = { version: '1', state: 'ready', since: 'now', models: [], errors: [], warnings: [] };
const problem = { code: 'CONTEXT_BAD_NUMBER', variable: 'X', what: 'It is no number.', fix: 'Use one.' };
const status = async (asking: object = {}) => (await world.ask('/v1/models', asking)).status;
const reload = () => reloadGateway(world.control);

describe('a reload', () => {
  it('leaves a stream in flight alone, and serves everybody else by new keys, models and certificate', async () => {
    const stream = await world.openStream();
    const newKey = generateKey();
    const tls = await world.certificate('second');
    const ca = await readFile(tls.authority, 'utf8');
    const models = [{ id: 'new-model', roles: ['chat' as const], contextSize: 1 }];
    await world.configure({ tls, models, keys: [recordGenerated('new', newKey)] });
    await reload();

    await expect(status({ key: newKey })).rejects.toThrow();
    expect(await status({ ca, key })).toBe(401);
    expect((await world.ask('/v1/models/new-model', { ca, key: newKey })).status).toBe(200);
    expect((await world.ask('/ca.crt', { ca })).text).toBe(ca);
    expect(await stream.finish()).toMatch(/data: \[DONE\]\n\n$/);
  });

  it('makes the old key worthless on connections that it opened', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect(await status({ agent })).toBe(200);
    await world.configure({ keys: [] });
    await reload();
    expect(await status({ agent })).toBe(401);
    agent.destroy();
  });

  it('forgets a password that was right before', async () => {
    const password = 'correct horse';
    const chosen = recordChosen('context', password);
    await world.configure({ keys: [chosen, recordGenerated('team', key)] });
    await reload();
    expect(await status({ key: password })).toBe(200);
    await world.store({ keys: [], revoked: [{ name: 'context', hash: chosen.hash }] });
    await reload();
    expect(await status({ key: password })).toBe(401);
    expect(await status()).toBe(200);
  });

  it('makes changes of what a key may do effective', async () => {
    const added = addKey(emptyKeyStore, 'ada', new Date());
    await world.store(added.store);
    await reload();
    expect(await status({ key: added.key })).toBe(200);
    const ended = changeKey(added.store, 'ada', () => ({ expiresAt: '2020-01-01T00:00:00Z' }), []);
    await world.store(ended);
    await reload();
    expect(await status({ key: added.key })).toBe(401);
  });

  it('makes added and revoked keys effective', async () => {
    const added = addKey(emptyKeyStore, 'ada', new Date());
    await world.store(added.store);
    await reload();
    expect(await status({ key: added.key })).toBe(200);
    await world.store(revokeKey(added.store, 'ada', []));
    await reload();
    expect(await status({ key: added.key })).toBe(401);
  });

  it('goes from a refused context to a good one, and back', async () => {
    await world.configure({ keys: [], models: [], problems: [problem] });
    await reload();
    const refused = await world.ask('/v1/models');
    expect(refused.status).toBe(503);
    expect(JSON.parse(refused.text).error).toMatchObject({ code: 'configuration_refused' });
    await world.configure();
    await reload();
    expect(await status()).toBe(200);
  });

  it('that comes later is in force, however long the earlier one took to read', async () => {
    const { promise: slow, resolve } = Promise.withResolvers<void>();
    const common = { tls: world.tls, engine: { socket: world.fake.socket } };
    const oldKeys = configurationWith(common);
    const readings = [
      async () => oldKeys,
      async () => {
        await slow;
        return oldKeys;
      },
      async () => configurationWith({ ...common, keys: [] }),
    ];
    const gateway = await startGateway({
      configuration: () => (readings.shift() ?? (() => Promise.reject(new Error('read too often'))))(),
      listen: { host: '127.0.0.1', port: 0 },
      drain: { goodbye: 0, deadline: 0 },
    });
    const both = Promise.all([gateway.reload(), gateway.reload()]);
    resolve();
    await both;
    expect((await world.ask('/v1/models', {}, gateway.port)).status).toBe(401);
    await gateway.close();
  });
});

describe('a reload that cannot be taken up says why, and everything stays as it was', () => {
  it.each<[string, RegExp, () => Promise<void>]>([
    ['configuration that is no JSON', /gateway\.json/, () => writeFile(world.at('gateway.json'), '{')],
    ['key store that is cut off', /keys\.json/, () => writeFile(world.at('keys.json'), '{"keys":[')],
    [
      'key that is not the certificate’s',
      /the key that belongs to it/,
      async () => {
        const other = splitIdentity(await readFile((await world.certificate('other')).own, 'utf8'));
        const own = splitIdentity(await readFile(world.tls.own, 'utf8'));
        if (!own || !other) throw new Error('There is no certificate.');
        await writeFile(world.at('mixed.pem'), joinIdentity({ ...own, key: other.key }));
        await world.configure({ tls: { ...world.tls, own: world.at('mixed.pem') }, keys: [] });
      },
    ],
    [
      'empty certificate',
      /empty\.pem/,
      async () => {
        await writeFile(world.at('empty.pem'), '');
        await world.configure({ tls: { ...world.tls, own: world.at('empty.pem') }, keys: [] });
      },
    ],
    [
      'authority that is missing',
      /nowhere\.crt/,
      () => world.configure({ tls: { ...world.tls, authority: world.at('nowhere.crt') }, keys: [] }),
    ],
    [
      'engine elsewhere',
      /elsewhere\.sock/,
      () => world.configure({ engine: { socket: '/elsewhere.sock' }, keys: [] }),
    ],
  ])('for a %s', async (_what, reason, spoil) => {
    await spoil();
    const error = await reload().catch((thrown) => thrown);
    expect(error.code).toBe('GATEWAY_RELOAD_REFUSED');
    expect(error.message).toMatch(reason);
    expect(world.log.join('')).toMatch(reason);
    expect(await status()).toBe(200);
  });

  it('so that revoked keys stay revoked when the key store is damaged', async () => {
    await world.store({ keys: [], revoked: [{ name: 'team', hash: recordGenerated('team', key).hash }] });
    await reload();
    await writeFile(world.at('keys.json'), 'damaged');
    await expect(reload()).rejects.toMatchObject({ code: 'GATEWAY_RELOAD_REFUSED' });
    expect(await status()).toBe(401);
  });
});

describe('a gateway that starts with a damaged key store', () => {
  beforeEach(async () => {
    await writeFile(world.at('keys.json'), 'damaged');
    await writeFile(world.at('status.json'), JSON.stringify(readyStatus));
    await world.gateway.close();
    world.gateway = await world.start();
  });

  it('refuses every key, for it may have been revoked', async () => {
    const { status, headers, text } = await world.ask('/v1/models');
    expect([status, headers['retry-after']]).toEqual([503, '59']);
    expect(JSON.parse(text).error).toMatchObject({ code: 'keys_unavailable' });
  });

  it('answers the public pages, and says there and in its log what is wrong', async () => {
    expect((await world.ask('/ca.crt')).text).toBe(world.ca);
    const told = JSON.parse((await world.ask('/status')).text);
    expect(told).toMatchObject({ state: 'degraded', reason: expect.stringContaining('key store') });
    expect(world.log.join('')).toContain('every key is refused');
  });

  it('serves again once the store is corrected and reloaded', async () => {
    await world.store(emptyKeyStore);
    await reload();
    expect(await status()).toBe(200);
  });
});
