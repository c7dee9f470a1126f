import { describe, expect, it } from 'vitest';
import { readKeyStore } from '../../../src/keys/read-store.ts';
import { recordChosen, recordGenerated, verifyKey } from '../../../src/keys/record.ts';
import { addKey, effectiveKeys, emptyKeyStore, parseKeyStore, revokeKey } from '../../../src/keys/store.ts';

const now = new Date('2026-11-21T07:00:00Z');
const configured = [recordGenerated('generated', 'sk-first'), recordChosen('grace', 'correct horse')];
const names = (records: readonly { name: string }[]) => records.map(({ name }) => name);

describe('adding a key', () => {
  it('gives the key once and keeps what verifies it', async () => {
    const { store, key } = addKey(emptyKeyStore, 'ada', now, configured);
    expect(JSON.stringify(store)).not.toContain(key);
    expect(store.keys).toMatchObject([{ name: 'ada', createdAt: '2026-11-21T07:00:00.000Z' }]);
    const [record] = effectiveKeys([], store);
    if (!record) throw new Error('expected a record');
    expect(await verifyKey(key, record)).toBe(true);
  });

  it.each(['', 'Ada', '-ada', 'a b', 'a\nb', 'a'.repeat(64), 'generated', 'context'])(
    'refuses the name %j',
    (name) => {
      expect(() => addKey(emptyKeyStore, name, now)).toThrow(
        expect.objectContaining({ code: 'KEY_NAME_BAD' }),
      );
    },
  );

  it.each(['ada', 'grace'])('refuses the name %s, which another key has', (name) => {
    const { store } = addKey(emptyKeyStore, 'ada', now);
    expect(() => addKey(store, name, now, configured)).toThrow(
      expect.objectContaining({ code: 'KEY_NAME_TAKEN' }),
    );
  });
});

describe('revoking a key', () => {
  const { store } = addKey(emptyKeyStore, 'ada', now);

  it('that was added forgets it, and frees its name', () => {
    const without = revokeKey(store, 'ada', configured);
    expect(without).toEqual(emptyKeyStore);
    expect(names(addKey(without, 'ada', now).store.keys)).toEqual(['ada']);
  });

  it('of the configuration outlasts a configuration that still names it', () => {
    const without = revokeKey(store, 'grace', configured);
    expect(names(effectiveKeys(configured, without))).toEqual(['generated', 'ada']);
  });

  it('of the configuration ends with a configuration that gives another under its name', () => {
    const without = revokeKey(store, 'grace', configured);
    const changed = [recordGenerated('grace', 'sk-another')];
    expect(names(effectiveKeys(changed, without))).toEqual(['grace', 'ada']);
  });

  it('may leave none', () => {
    const none = revokeKey(revokeKey(emptyKeyStore, 'generated', configured), 'grace', configured);
    expect(effectiveKeys(configured, none)).toEqual([]);
  });

  it.each(['nobody', 'grace'])('that does not work (any more) names those that do: %s', (name) => {
    const without = revokeKey(store, 'grace', configured);
    expect(() => revokeKey(without, name, configured)).toThrow(
      expect.objectContaining({ code: 'KEY_UNKNOWN', fix: 'These do: generated, ada.' }),
    );
  });

  it('ends an added one and a configured one of the same name together', () => {
    const both = [recordGenerated('ada', 'sk-of-the-context')];
    expect(effectiveKeys(both, revokeKey(store, 'ada', both))).toEqual([]);
  });
});

describe('the store', () => {
  it('is read as it was written', () => {
    const { store } = addKey({ keys: [], revoked: [{ name: 'generated', hash: 'ab' }] }, 'ada', now);
    expect(parseKeyStore('keys.json', JSON.stringify(store))).toEqual(store);
  });

  it('that is not there is empty', async () => {
    expect(await readKeyStore('/nonexistent/keys.json')).toEqual(emptyKeyStore);
  });

  it('that is no file is an error like a damaged one', async () => {
    await expect(readKeyStore('/etc')).rejects.toMatchObject({ code: 'KEY_STORE_UNREADABLE' });
  });

  it.each(['', '{"keys":[', '{"keys":[]}', '{"keys":[{"name":"a","key":"sk-secret"}],"revoked":[]}'])(
    'that holds %s is an error, which quotes no key',
    (text) => {
      const read = () => parseKeyStore('/etc/onepilot/keys.json', text);
      expect(read).toThrow(expect.objectContaining({ code: 'KEY_STORE_UNREADABLE' }));
      expect(read).not.toThrow(/sk-secret/);
    },
  );
});
