import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GatewayConfiguration } from '../../../src/gateway/configuration.ts';
import { recordGenerated } from '../../../src/keys/record.ts';
import { addKey, emptyKeyStore, type KeyStore } from '../../../src/keys/store.ts';
import { goodContext, TemporaryWorld } from '../bootstrap/temporary-world.ts';

let vm: TemporaryWorld;
beforeEach(async () => {
  vm = await TemporaryWorld.make();
  await vm.setContext(goodContext);
  await vm.run();
});
afterEach(() => vm.remove());

const listed = `ONEAPP_COPILOT_API_KEYS='${Buffer.from(
  `- name: team\n  sha256: ${recordGenerated('team', 'sk-team').hash}\n`,
).toString('base64')}'\n`;

async function store(content: KeyStore | string): Promise<void> {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  await vm.write(vm.paths.keyStore, text);
}

/** The store after the generated key was revoked. */
async function withoutGenerated(): Promise<KeyStore> {
  const { hash } = recordGenerated('generated', (await vm.read(vm.paths.apiKey)).trim());
  return { ...emptyKeyStore, revoked: [{ name: 'generated', hash }] };
}

const keysServed = async () => {
  const { keys } = GatewayConfiguration.parse(JSON.parse(await vm.read(vm.paths.gatewayConfiguration)));
  return keys;
};
const keyLine = async () => /^api_key = (.*)$/m.exec(await vm.read(vm.paths.report))?.[1];
const warnings = async () => (await vm.status()).warnings.map(({ code }) => code);

describe('the generated key, once revoked', () => {
  it('is gone and stays so, though the revocation was cut off before it removed the file', async () => {
    await store(await withoutGenerated());
    await vm.run();
    expect(existsSync(vm.paths.apiKey)).toBe(false);
    expect(await keysServed()).toEqual([]);
    await vm.run();
    expect(vm.done).toEqual([]);
  });

  it('with no other key is said everywhere to have left none', async () => {
    await store(await withoutGenerated());
    vm.lines.length = 0;
    await vm.run();
    expect(await keyLine()).toContain('none works');
    expect(await warnings()).toEqual(['KEY_NONE']);
    for (const text of [vm.lines.join('\n'), await vm.read(vm.paths.motd)]) {
      expect(text).toContain('No API key works');
      expect(text).toContain('API key: none works');
    }
  });

  it('is not told of beside one that was added', async () => {
    await store(addKey(await withoutGenerated(), 'ada', new Date()).store);
    await vm.run();
    expect(await keyLine()).toContain('onepilot keys add');
    expect(await warnings()).toEqual([]);
  });

  it('is not told of beside one of the context', async () => {
    await store(await withoutGenerated());
    await vm.setContext(`${listed}${goodContext}`);
    await vm.run();
    expect(await keyLine()).toContain('ONEAPP_COPILOT_API_KEYS');
  });
});

describe('what a key may do', () => {
  const everything = ['chat', 'complete', 'embed', 'admin'];
  const list = (more: string) =>
    `ONEAPP_COPILOT_API_KEYS='${Buffer.from(`- name: ana\n  key: one-key-for-ana-alone\n${more}`).toString('base64')}'\n`;

  it('is everything for the key made on the VM', async () => {
    expect(await keysServed()).toMatchObject([{ name: 'generated', scopes: everything }]);
  });

  it('is everything for the password of the context, and for others what the context says', async () => {
    const password = "ONEAPP_COPILOT_API_PASSWORD='correct-horse'\n";
    const context = `${password}${goodContext}`;
    await vm.setContext(`${list('  scopes: [chat]\n  concurrent: 2\n')}${context}`);
    await vm.run();
    const before = await keysServed();
    expect(before).toMatchObject([
      { name: 'context', scopes: everything },
      { name: 'ana', scopes: ['chat'], limits: { concurrent: 2 } },
    ]);

    await vm.setContext(`${list('  expires: 2027-01-31\n')}${context}`);
    await vm.run();
    const [, ana] = await keysServed();
    expect(ana).toEqual({
      name: 'ana',
      algorithm: 'scrypt',
      salt: expect.stringMatching(/^[0-9a-f]{32}$/),
      hash: before[1]?.hash,
      expiresAt: '2027-01-31T00:00:00.000Z',
    });
    await vm.run();
    expect(vm.done).toEqual([]);
  });
});

it('a key that has expired is no key: the agent warns as if there were none', async () => {
  const { keys } = addKey(emptyKeyStore, 'ada', new Date(), [], { expiresAt: '2020-01-01T00:00:00Z' }).store;
  await store({ ...(await withoutGenerated()), keys });
  await vm.run();
  expect(await warnings()).toEqual(['KEY_NONE']);
});

describe('a damaged key store', () => {
  it('is a warning everywhere, and no key is promised', async () => {
    await store('{"keys":[');
    vm.lines.length = 0;
    await vm.run();
    expect(await warnings()).toEqual(['KEY_STORE_UNREADABLE']);
    expect(await keyLine()).toContain('not known');
    for (const text of [vm.lines.join('\n'), await vm.read(vm.paths.motd), await vm.read(vm.paths.report)]) {
      expect(text).toContain('cannot be read from');
    }
  });

  it('does not cost the generated key, which may be good', async () => {
    const key = await vm.read(vm.paths.apiKey);
    await store('damaged');
    await vm.run();
    expect(await vm.read(vm.paths.apiKey)).toBe(key);
  });

  it('gives no new key, for the old one may have been revoked', async () => {
    await store(await withoutGenerated());
    await vm.run();
    await store('damaged');
    await vm.run();
    expect(existsSync(vm.paths.apiKey)).toBe(false);
  });
});
