import { readFile } from 'node:fs/promises';
import { failure } from '../errors/catalogue.ts';
import { emptyKeyStore, type KeyStore, parseKeyStore } from './store.ts';

/** The store at `path`; empty when there is none. @throws KEY_STORE_UNREADABLE, which quotes nothing */
export async function readKeyStore(path: string): Promise<KeyStore> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return emptyKeyStore;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw failure('KEY_STORE_UNREADABLE', { path, reason }, { cause });
  }
  return parseKeyStore(path, text);
}
