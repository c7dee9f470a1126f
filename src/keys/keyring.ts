import { hash, timingSafeEqual } from 'node:crypto';
import { failure } from '../errors/catalogue.ts';
import type { KeyRecord } from './key-record.ts';
import { verifyKey } from './record.ts';

/** scrypt takes 16 MiB and a thread of libuv's four each; more at once would only starve everything else. */
const concurrentChecks = 2;
/** Checks that may wait for their turn before further ones are refused: in all, and from one source. */
const waitingChecks = 32;
const waitingOfSource = 16;

/** Wrong keys that are remembered: an editor with an old one sends it with every request. */
const wrongOnes = 1000;

/**
 * Finds the record a key belongs to. Chosen passwords cost one scrypt when they are first seen; the right
 * ones are remembered, by their SHA-256, for as long as this lives.
 */
export class Keyring {
  readonly #generated: readonly { readonly record: KeyRecord; readonly hash: Buffer }[];
  readonly #chosen: readonly KeyRecord[];
  /** Chosen passwords that were right, by their SHA-256. */
  readonly #remembered = new Map<string, KeyRecord>();
  /** By their SHA-256, the one that was found longest ago first. */
  readonly #wrong = new Set<string>();
  /** By the SHA-256 of the key presented. */
  readonly #searches = new Map<string, Promise<KeyRecord | undefined>>();
  readonly #turns: { readonly source: string; readonly take: () => void }[] = [];
  #running = 0;

  constructor(records: readonly KeyRecord[]) {
    this.#generated = records
      .filter(({ algorithm }) => algorithm === 'sha256')
      .map((record) => ({ record, hash: Buffer.from(record.hash, 'hex') }));
    this.#chosen = records.filter(({ algorithm }) => algorithm === 'scrypt');
  }

  /**
   * The record of the first of `keys` that has one, or `undefined`. Clients send invented keys beside the right
   * one: those that cost nothing to check come first.
   * Throws `too_many_key_checks` when too many unknown keys are being checked already.
   * @param source Whoever sent them: one source's guesses do not keep out another's first use of a password.
   */
  async findFirst(keys: readonly string[], source = ''): Promise<KeyRecord | undefined> {
    const known = this.findAtOnce(keys);
    if (known || !this.mustCheck(keys)) return known;
    for (const key of keys) {
      const record = await this.#findChosen(key, source);
      if (record) return record;
    }
    return undefined;
  }

  /** As `findFirst`, of those that cost nothing to check. */
  findAtOnce(keys: readonly string[]): KeyRecord | undefined {
    for (const key of keys) {
      const digest = digestOf(key);
      const generated = this.#generated.find(({ hash }) => timingSafeEqual(digest, hash));
      const record = generated?.record ?? this.#remembered.get(digest.toString('base64'));
      if (record) return record;
    }
    return undefined;
  }

  /** As `findFirst`, of those that are being checked for somebody else already; `undefined` where none is. */
  findUnderWay(keys: readonly string[]): Promise<KeyRecord | undefined> | undefined {
    const searches = keys.flatMap((key) => this.#searches.get(fingerprintOf(key)) ?? []);
    if (searches.length === 0) return undefined;
    return Promise.all(searches).then((found) => found.find((record) => record !== undefined));
  }

  /** Whether `findFirst` costs something: one of `keys` may be a chosen password, and is none that was wrong before. */
  mustCheck(keys: readonly string[]): boolean {
    return this.#chosen.length > 0 && keys.some((key) => !this.#wrong.has(fingerprintOf(key)));
  }

  async #findChosen(key: string, source: string): Promise<KeyRecord | undefined> {
    const fingerprint = fingerprintOf(key);
    if (this.#wrong.has(fingerprint)) return undefined;
    const underWay = this.#searches.get(fingerprint);
    if (underWay) return underWay;
    const own = this.#turns.filter((turn) => turn.source === source);
    if (this.#turns.length >= waitingChecks || own.length >= waitingOfSource) {
      throw failure('too_many_key_checks', {});
    }
    const search = this.#inTurn(source, () => this.#search(key));
    this.#searches.set(fingerprint, search);
    try {
      const found = await search;
      if (found) this.#remembered.set(fingerprint, found);
      else this.#noteWrong(fingerprint);
      return found;
    } finally {
      this.#searches.delete(fingerprint);
    }
  }

  #noteWrong(fingerprint: string): void {
    this.#wrong.add(fingerprint);
    if (this.#wrong.size <= wrongOnes) return;
    for (const first of this.#wrong) {
      this.#wrong.delete(first);
      return;
    }
  }

  async #search(key: string): Promise<KeyRecord | undefined> {
    for (const record of this.#chosen) if (await verifyKey(key, record)) return record;
    return undefined;
  }

  async #inTurn<Result>(source: string, check: () => Promise<Result>): Promise<Result> {
    if (this.#running < concurrentChecks) this.#running += 1;
    else await new Promise<void>((take) => this.#turns.push({ source, take }));
    try {
      return await check();
    } finally {
      const next = this.#turns.shift();
      // The next one takes this one's place among the running.
      if (next) next.take();
      else this.#running -= 1;
    }
  }
}

function fingerprintOf(key: string): string {
  return digestOf(key).toString('base64');
}

function digestOf(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}
