import {
  createHash,
  randomBytes,
  type ScryptOptions,
  scrypt,
  scryptSync,
  timingSafeEqual,
} from 'node:crypto';
import { promisify } from 'node:util';
import type { KeyRecord } from './key-record.ts';

/** What `KeyRecord` promises of its scrypt hashes; N=16384 takes about 50 ms and 16 MiB. */
const scryptOptions = { N: 16384, r: 8, p: 1 } as const satisfies ScryptOptions;
const hashBytes = 32;
const saltBytes = 16;

const scryptInPool = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** A new API key: `sk-` and 256 random bits in base64url (RFC 4648, section 5), 46 characters. */
export function generateKey(): string {
  return `sk-${randomBytes(32).toString('base64url')}`;
}

/** The record of a key from `generateKey`. Not for chosen passwords: SHA-256 is too fast for those. */
export function recordGenerated(name: string, key: string): KeyRecord {
  return { name, algorithm: 'sha256', hash: digest(key).toString('hex') };
}

/**
 * The record of a password that a person chose. Blocks for one scrypt.
 * @param salt 16 bytes in hex that nobody but root can foretell; fresh ones when not given.
 */
export function recordChosen(
  name: string,
  password: string,
  salt = randomBytes(saltBytes).toString('hex'),
): KeyRecord {
  const hash = scryptSync(password, Buffer.from(salt, 'hex'), hashBytes, scryptOptions);
  return { name, algorithm: 'scrypt', salt, hash: hash.toString('hex') };
}

/** Whether `key` is the one `record` was made from; compares in constant time and never blocks on scrypt. */
export async function verifyKey(key: string, record: KeyRecord): Promise<boolean> {
  const expected = Buffer.from(record.hash, 'hex');
  if (record.algorithm === 'sha256') return timingSafeEqual(digest(key), expected);
  const salt = Buffer.from(record.salt, 'hex');
  return timingSafeEqual(await scryptInPool(key, salt, hashBytes, scryptOptions), expected);
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key, 'utf8').digest();
}
