import { scryptSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { KeyRecord } from '../../../src/keys/key-record.ts';
import { generateKey, recordChosen, recordGenerated, verifyKey } from '../../../src/keys/record.ts';

describe('a generated key', () => {
  it('has 256 bits and is never the same', () => {
    const keys = new Set(Array.from({ length: 100 }, generateKey));
    expect(keys.size).toBe(100);
    for (const key of keys) {
      expect(key).toMatch(/^sk-[A-Za-z0-9_-]{43}$/);
      expect(Buffer.from(key.slice(3), 'base64url')).toHaveLength(32);
    }
  });

  it('is recorded as its SHA-256, which verifies that key and no other', async () => {
    const key = generateKey();
    const record = recordGenerated('initial', key);
    expect(KeyRecord.parse(record)).toEqual(record);
    expect(JSON.stringify(record)).not.toContain(key);
    expect(await verifyKey(key, record)).toBe(true);
    expect(await verifyKey(generateKey(), record)).toBe(false);
    expect(await verifyKey('', record)).toBe(false);
  });
});

describe('a chosen password', () => {
  it('is recorded with a salt of its own', async () => {
    const first = recordChosen('team', 'correct horse');
    const second = recordChosen('team', 'correct horse');
    expect(KeyRecord.parse(first)).toEqual(first);
    expect(first.hash).not.toBe(second.hash);
    expect(await verifyKey('correct horse', first)).toBe(true);
    expect(await verifyKey('correct horse', second)).toBe(true);
    expect(await verifyKey('correct horse ', first)).toBe(false);
  });

  it('is hashed with the parameters that the record promises', () => {
    const record = recordChosen('team', 'pässwörd');
    if (record.algorithm !== 'scrypt') throw new Error('expected a scrypt record');
    const salt = Buffer.from(record.salt, 'hex');
    expect(scryptSync('pässwörd', salt, 32, { N: 16384, r: 8, p: 1 }).toString('hex')).toBe(record.hash);
  });
});
