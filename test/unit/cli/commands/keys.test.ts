import { existsSync, statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure } from '../../../../src/errors/catalogue.ts';
import { recordGenerated, verifyKey } from '../../../../src/keys/record.ts';
import { emptyKeyStore, parseKeyStore } from '../../../../src/keys/store.ts';
import { TemporaryAppliance } from './temporary-appliance.ts';

let appliance: TemporaryAppliance;
beforeEach(() => {
  appliance = new TemporaryAppliance();
});
afterEach(() => appliance.remove());

const generated = `sk-${'g'.repeat(43)}`;
const chosen = { name: 'context', algorithm: 'scrypt', salt: '1'.repeat(32), hash: '2'.repeat(64) };

function configure(...keys: object[]): void {
  appliance.put('/etc/onepilot/gateway.json', { keys });
}

function store() {
  const path = appliance.paths.keyStore;
  return existsSync(path) ? parseKeyStore(path, appliance.read('/etc/onepilot/keys.json')) : emptyKeyStore;
}

async function list(): Promise<unknown> {
  return JSON.parse((await appliance.onepilot('keys', 'list', '--json')).stdout);
}

describe('onepilot keys add', () => {
  it('shows the key alone on the standard output, and keeps its hash only', async () => {
    const { code, stdout, stderr } = await appliance.onepilot('keys', 'add', 'alice');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^sk-[A-Za-z0-9_-]{43}\n$/);
    expect(stderr).toContain('shown this once');
    expect(stderr).not.toContain(stdout.trim());
    expect(appliance.read('/etc/onepilot/keys.json')).not.toContain(stdout.trim());
    const [record] = store().keys;
    expect(record && (await verifyKey(stdout.trim(), record))).toBe(true);
    expect(appliance.reloads).toBe(1);
  });

  it('writes the store for root and the gateway alone', async () => {
    await appliance.onepilot('keys', 'add', 'alice');
    const { mode, uid, gid } = statSync(appliance.paths.keyStore);
    expect([mode & 0o7777, uid, gid]).toEqual([0o640, 0, 990]);
  });

  it('loses none of many that are added at once', async () => {
    const names = Array.from({ length: 8 }, (_, at) => `key-${at}`);
    await Promise.all(names.map((name) => appliance.onepilot('keys', 'add', name)));
    expect(
      store()
        .keys.map(({ name }) => name)
        .sort(),
    ).toEqual(names);
  });

  it('keeps the key and says so when the gateway does not answer', async () => {
    appliance.reloadError = failure('GATEWAY_CONTROL_UNREACHABLE', { socket: '/run/x', reason: 'none' });
    const { code, stdout } = await appliance.onepilot('keys', 'add', 'alice', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      inForce: false,
      notes: [expect.stringContaining('takes effect when it starts')],
    });
    expect(store().keys).toHaveLength(1);
  });

  it('ends with 1 and still shows the key when the gateway refuses to read it', async () => {
    appliance.reloadError = failure('GATEWAY_RELOAD_REFUSED', { reason: 'tls' });
    const { code, stdout, stderr } = await appliance.onepilot('keys', 'add', 'alice');
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^sk-/)]);
    expect(stderr).toContain('GATEWAY_RELOAD_REFUSED');
  });

  it('has the agent tell anew which keys work', async () => {
    await appliance.onepilot('keys', 'add', 'alice');
    expect(existsSync(appliance.paths.lookAgain)).toBe(true);
  });

  it('refuses a name that is taken', async () => {
    await appliance.onepilot('keys', 'add', 'alice');
    const { code, stdout, stderr } = await appliance.onepilot('keys', 'add', 'alice');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('KEY_NAME_TAKEN');
  });
});

describe('what a key may do', () => {
  const full = [
    ...['--scopes', 'chat,complete', '--expires', '90d', '--requests-per-minute', '30'],
    ...['--concurrent', '2', '--tokens-per-day', '500000', '--models', 'a,b'],
  ];
  const fullPolicy = {
    scopes: ['chat', 'complete'],
    expiresAt: '2027-02-19T04:00:00.000Z',
    limits: { requestsPerMinute: 30, concurrent: 2, tokensPerDay: 500_000, models: ['a', 'b'] },
  };

  it('is kept with it and listed', async () => {
    expect((await appliance.onepilot('keys', 'add', 'alice', ...full)).code).toBe(0);
    expect(store().keys).toMatchObject([{ name: 'alice', ...fullPolicy }]);
    expect(await list()).toMatchObject({
      keys: [{ scopes: fullPolicy.scopes, expires: fullPolicy.expiresAt, limits: fullPolicy.limits }],
    });
    const { stdout } = await appliance.onepilot('keys', 'list');
    expect(stdout).toContain('30 requests/min, 2 at a time, 500000 tokens/day, only a b');
  });

  it('is changed where an option says so and nowhere else, and is in force at once', async () => {
    await appliance.onepilot('keys', 'add', 'alice', ...full);
    const changes = ['--expires', '2027-01-31', '--concurrent', 'none', '--scopes', 'admin'];
    const { code, stdout } = await appliance.onepilot('keys', 'set', 'alice', ...changes);
    expect([code, stdout]).toEqual([0, expect.stringContaining('2027-01-31T00:00:00.000Z')]);
    const { concurrent: _, ...limits } = fullPolicy.limits;
    expect(store().keys).toMatchObject([
      { scopes: ['admin'], expiresAt: '2027-01-31T00:00:00.000Z', limits },
    ]);
    expect(store().keys[0]?.limits).not.toHaveProperty('concurrent');
    expect(appliance.reloads).toBe(2);
  });

  it('stays as it was when the key is exchanged for another', async () => {
    const first = (await appliance.onepilot('keys', 'add', 'alice', ...full)).stdout.trim();
    const { code, stdout } = await appliance.onepilot('keys', 'rotate', 'alice');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^sk-[A-Za-z0-9_-]{43}\n$/)]);
    const [record, ...others] = store().keys;
    expect(others).toEqual([]);
    expect(record).toMatchObject(fullPolicy);
    expect(record && (await verifyKey(stdout.trim(), record))).toBe(true);
    expect(record && (await verifyKey(first, record))).toBe(false);
    expect(appliance.reloads).toBe(2);
  });

  it('is refused with every option that is wrong', async () => {
    const wrong = ['--scopes', 'chat,root', '--expires', '2026-11-20', '--concurrent', '0', '--models', ','];
    const { code, stderr } = await appliance.onepilot('keys', 'add', 'alice', ...wrong);
    expect(code).toBe(2);
    for (const option of ['--scopes', '--concurrent', '--models']) expect(stderr).toContain(option);
    expect(store().keys).toEqual([]);
  });

  it('cannot end before it begins', async () => {
    const { code, stderr } = await appliance.onepilot('keys', 'add', 'alice', '--expires', '2026-11-20');
    expect([code, stderr]).toEqual([2, expect.stringContaining('must be in the future')]);
  });

  it('is not changed by saying nothing', async () => {
    await appliance.onepilot('keys', 'add', 'alice');
    expect((await appliance.onepilot('keys', 'set', 'alice')).code).toBe(2);
  });

  it.each([
    ['generated', 'KEY_INITIAL'],
    ['team', 'KEY_OF_CONTEXT'],
    ['nobody', 'KEY_UNKNOWN'],
  ])('is not changed of %s, nor is that exchanged', async (name, error) => {
    configure(recordGenerated('generated', generated), recordGenerated('team', `${generated}2`));
    for (const command of [['rotate'], ['set', '--concurrent', '1']]) {
      const { code, stderr } = await appliance.onepilot('keys', ...command, name);
      expect([code, stderr]).toEqual([1, expect.stringContaining(error)]);
    }
  });

  it('is not for long: an expired key is listed as such', async () => {
    configure({ ...recordGenerated('team', generated), expiresAt: '2026-11-21T03:59:59Z' });
    expect(await list()).toMatchObject({ keys: [{ name: 'team', state: 'expired' }] });
  });
});

describe('onepilot keys revoke', () => {
  it('forgets an added key', async () => {
    configure(chosen);
    await appliance.onepilot('keys', 'add', 'alice');
    const { code, stdout, stderr } = await appliance.onepilot('keys', 'revoke', 'alice');
    expect([code, stdout, stderr]).toEqual([0, '«alice» is revoked.\n', '']);
    expect(store()).toEqual({ keys: [], revoked: [] });
    expect(appliance.reloads).toBe(2);
  });

  it('removes the generated key from the disk, and warns that none is left', async () => {
    configure(recordGenerated('generated', generated));
    appliance.put('/var/lib/onepilot/api-key', `${generated}\n`);
    const { stderr } = await appliance.onepilot('keys', 'revoke', 'generated');
    expect(existsSync(appliance.paths.apiKey)).toBe(false);
    expect(store().revoked).toMatchObject([{ name: 'generated' }]);
    expect(stderr).toContain('No key is left');
  });

  it('says that the context still names the password it revokes', async () => {
    configure(chosen, recordGenerated('team', generated));
    const { stderr } = await appliance.onepilot('keys', 'revoke', 'context');
    expect(stderr).toContain('The context still names «context»');
    expect(stderr).not.toContain('No key is left');
  });

  it('refuses a name that nobody has', async () => {
    expect(await appliance.onepilot('keys', 'revoke', 'bob')).toMatchObject({ code: 1, stdout: '' });
    expect(appliance.reloads).toBe(0);
  });
});

describe('onepilot keys list', () => {
  it('says where each key comes from, and never a hash', async () => {
    configure(chosen, recordGenerated('team', generated));
    await appliance.onepilot('keys', 'add', 'alice');
    await appliance.onepilot('keys', 'revoke', 'team');
    const { stdout } = await appliance.onepilot('keys', 'list');
    expect(stdout).toMatchInlineSnapshot(`
      "NAME     KIND                     CREATED                   STATE    SCOPES               EXPIRES  LIMITS
      alice    added here               2026-11-21T04:00:00.000Z  active   chat,complete,embed  -        -
      context  password of the context  -                         active   chat,complete,embed  -        -
      team     ONEAPP_COPILOT_API_KEYS  -                         revoked  -                    -        -
      "
    `);
    expect(JSON.stringify(await list())).not.toMatch(/[0-9a-f]{32}/);
  });

  it('refuses to guess when the store is damaged', async () => {
    appliance.put('/etc/onepilot/keys.json', '{"keys":');
    expect(await appliance.onepilot('keys', 'list')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('KEY_STORE_UNREADABLE'),
    });
  });
});

describe('onepilot key', () => {
  it('shows the generated key alone', async () => {
    appliance.put('/var/lib/onepilot/api-key', `${generated}\n`);
    expect(await appliance.onepilot('key')).toEqual({ code: 0, stdout: `${generated}\n`, stderr: '' });
  });

  it('does not show one that was revoked, though a cut-off revocation left its file', async () => {
    const record = recordGenerated('generated', generated);
    configure(record);
    appliance.put('/var/lib/onepilot/api-key', `${generated}\n`);
    appliance.put('/etc/onepilot/keys.json', {
      keys: [],
      revoked: [{ name: 'generated', hash: record.hash }],
    });
    const { code, stdout, stderr } = await appliance.onepilot('key');
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining('COMMAND_NO_KEY')]);
  });

  it('says that the context chose a password', async () => {
    configure(chosen);
    const { code, stderr } = await appliance.onepilot('key');
    expect([code, stderr]).toEqual([1, expect.stringContaining('ONEAPP_COPILOT_API_PASSWORD')]);
  });

  it('says that there is none', async () => {
    expect(await appliance.onepilot('key')).toMatchObject({ code: 1, stdout: '' });
  });
});
