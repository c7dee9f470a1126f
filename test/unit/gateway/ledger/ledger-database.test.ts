import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LedgerDatabase } from '../../../../src/gateway/ledger/ledger-database.ts';
import type { MovedAside } from '../../../../src/gateway/ledger/messages.ts';
import { migrations } from '../../../../src/gateway/ledger/migrations.ts';
import { served } from './served.ts';

let directory: string;
let database: LedgerDatabase;
let movedAside: MovedAside[];
const openedBy = (steps = migrations) =>
  new LedgerDatabase(directory, (moved) => void movedAside.push(moved), steps);
const file = () => join(directory, 'ledger.db');
const noon = Date.parse('2026-03-21T12:00:00Z');
const day = 86_400_000;
const thisDay = { from: '2026-03-21', to: '2026-03-21' };

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ledger-'));
  movedAside = [];
  database = openedBy();
});
afterEach(() => {
  database.close();
  rmSync(directory, { recursive: true });
});

const ofKeys = (days = thisDay) =>
  database.usage({ ...days, groupBy: ['key'] }).rows.map(({ key, requests }) => ({ key, requests }));

describe('the database of the ledger', () => {
  it('adds up requests, tokens, times and outcomes of a group', () => {
    database.write([
      served(),
      served({ outcome: 'failed', tokens: { prompt: 7, cached: 0, answer: 0 }, ms: { queued: 1, total: 2 } }),
      served({ key: 'bob' }),
    ]);
    expect(database.usage({ ...thisDay, key: 'ana', groupBy: ['day', 'model'] })).toEqual({
      rows: [
        {
          day: '2026-03-21',
          model: 'chat-model',
          requests: 2,
          done: 1,
          left: 0,
          refused: 0,
          failed: 1,
          promptTokens: 107,
          cachedTokens: 40,
          answerTokens: 10,
          queuedMs: 6,
          promptMs: 190,
          answerMs: 400,
        },
      ],
      more: false,
    });
  });

  it('counts a request on the day in UTC on which it came', () => {
    const midnight = Date.parse('2026-03-22T00:00:00Z');
    database.write([served({ at: midnight - 1 }), served({ at: midnight })]);
    const { rows } = database.usage({ from: '2026-03-01', to: '2026-03-31', groupBy: ['day'] });
    expect(rows.map((row) => row.day)).toEqual(['2026-03-21', '2026-03-22']);
    expect(ofKeys()).toEqual([{ key: 'ana', requests: 1 }]);
  });

  it('tells the tokens of each key on a day, prompt and answer together', () => {
    database.write([served(), served(), served({ key: 'bob' }), served({ at: noon - day })]);
    expect(database.tokensToday(noon)).toEqual(
      new Map([
        ['ana', 220],
        ['bob', 110],
      ]),
    );
  });

  it('writes all of a batch or none', () => {
    database.write([served()]);
    // Beyond the largest date: a day that cannot be named.
    expect(() => database.write([served({ key: 'bob' }), served({ at: 9e15 })])).toThrow();
    database.write([served()]);
    expect(ofKeys()).toEqual([{ key: 'ana', requests: 2 }]);
  });

  it('takes names as values, whatever is in them', () => {
    const key = `x'); DROP TABLE days; --`;
    database.write([served({ key })]);
    expect(database.usage({ ...thisDay, key, groupBy: ['key'] }).rows).toMatchObject([{ key, requests: 1 }]);
  });

  it('writes counts that are no numbers as 0', () => {
    database.write([
      served({ tokens: { prompt: Number.NaN, cached: -3, answer: Number.POSITIVE_INFINITY } }),
    ]);
    expect(database.usage({ ...thisDay, groupBy: ['key'] }).rows).toMatchObject([
      { promptTokens: 0, cachedTokens: 0, answerTokens: 0 },
    ]);
  });

  it('writes that a request had no turn, and adds no wait for it', () => {
    database.write([served(), served({ outcome: 'left', ms: { total: 30 } })]);
    expect(database.usage({ ...thisDay, groupBy: ['key'] }).rows).toMatchObject([{ queuedMs: 5 }]);
    database.close();
    const plain = new DatabaseSync(file());
    const rows = plain.prepare('SELECT queued_ms AS queued FROM requests ORDER BY total_ms').all();
    plain.close();
    expect(rows.map(({ queued }) => queued)).toEqual([null, 5]);
  });

  it('forgets whole days, and all of them however much there is', () => {
    const old = Array.from({ length: 6000 }, () => served({ at: noon - 2 * day }));
    database.write([...old, served({ at: noon - day }), served()]);
    expect(database.forget(noon, 2)).toBe(false);
    expect(database.forget(noon, 2)).toBe(true);
    expect(ofKeys({ from: '2026-03-01', to: '2026-03-31' })).toEqual([{ key: 'ana', requests: 2 }]);
    database.close();
    const plain = new DatabaseSync(file());
    expect(plain.prepare('SELECT count(*) AS count FROM requests').get()).toEqual({ count: 2 });
    plain.close();
  });

  it('is for its user alone, and what SQLite keeps beside it too', () => {
    database.write([served()]);
    const modes = readdirSync(directory).map((name) => statSync(join(directory, name)).mode & 0o777);
    expect(modes.length).toBeGreaterThan(1);
    expect(new Set(modes)).toEqual(new Set([0o600]));
  });

  it('moves a file aside that is no database, and goes on with a new one', () => {
    writeFileSync(file(), 'no database at all, but long enough to be looked at. '.repeat(100));
    database.write([served()]);
    expect(movedAside).toEqual([{ why: 'damaged', file: 'ledger-damaged.db' }]);
    expect(ofKeys()).toEqual([{ key: 'ana', requests: 1 }]);
    expect(readFileSync(join(directory, 'ledger-damaged.db'), 'utf8')).toContain('no database');
  });

  it('moves a file aside whose content is damaged, when it meets the damage', () => {
    database.write(Array.from({ length: 3000 }, (_, index) => served({ key: `key-${index}` })));
    database.close();
    const bytes = readFileSync(file());
    // The header stays good.
    bytes.fill(0xa5, 4096);
    writeFileSync(file(), bytes);
    database.write([served()]);
    expect(movedAside).toEqual([{ why: 'damaged', file: 'ledger-damaged.db' }]);
    expect(ofKeys()).toEqual([{ key: 'ana', requests: 1 }]);
  });

  it('moves the file of a later version aside: it may be wanted again', () => {
    writeFileSync(join(directory, 'ledger-damaged.db'), 'of another day');
    database.write([served()]);
    database.close();
    const later = new DatabaseSync(file());
    later.exec('PRAGMA user_version = 7');
    later.close();
    database.write([served({ key: 'bob' })]);
    expect(ofKeys()).toEqual([{ key: 'bob', requests: 1 }]);
    expect(movedAside).toEqual([{ why: 'of a later version', file: 'ledger-version-7.db' }]);
    const set = new DatabaseSync(join(directory, 'ledger-version-7.db'));
    expect(set.prepare('SELECT key FROM requests').all()).toEqual([{ key: 'ana' }]);
    set.close();
    expect(readFileSync(join(directory, 'ledger-damaged.db'), 'utf8')).toBe('of another day');
  });

  it('goes on with the file that is there', () => {
    database.write([served()]);
    database.close();
    database.write([served()]);
    expect(ofKeys()).toEqual([{ key: 'ana', requests: 2 }]);
    expect(movedAside).toEqual([]);
  });

  it('takes the file of an earlier version to its own, once', () => {
    database.write([served()]);
    database.close();
    const steps = [...migrations, 'CREATE TABLE later (a)', 'CREATE INDEX by_key ON requests (key)'];
    for (const _ of ['first', 'second']) {
      const next = openedBy(steps);
      next.write([served()]);
      next.close();
    }
    const plain = new DatabaseSync(file());
    expect(plain.prepare('PRAGMA user_version').get()).toEqual({ user_version: steps.length });
    expect(plain.prepare('SELECT count(*) AS count FROM requests').get()).toEqual({ count: 3 });
    plain.close();
  });

  it('leaves the file as it was when a step to its own version fails', () => {
    database.write([served()]);
    database.close();
    const next = openedBy([...migrations, 'CREATE TABLE later (a); DROP TABLE nowhere']);
    expect(() => next.write([served()])).toThrow('nowhere');
    expect(ofKeys()).toEqual([{ key: 'ana', requests: 1 }]);
    expect(movedAside).toEqual([]);
  });
});
