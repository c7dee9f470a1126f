import { chmodSync, closeSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Served } from '../accounts/served.ts';
import { dayOf, daysBefore } from './day.ts';
import { mostRows, usageRow, usageStatement } from './ledger-question.ts';
import { addToDay, daySums, insertRequest, requestRow } from './ledger-rows.ts';
import type { MovedAside } from './messages.ts';
import { migrations } from './migrations.ts';
import type { Usage, UsageQuery } from './usage.ts';

const databaseName = 'ledger.db';
/** The database and what SQLite keeps beside it. */
const companions = ['', '-wal', '-shm'] as const;

/** Requests that are forgotten in one go: writing waits for so long. */
const forgottenAtOnce = 5000;

/** SQLite's primary result codes for a file that is no database, or one with wrong content. */
const damageCodes: readonly number[] = [11, 26];

/**
 * The file of the ledger. Every call blocks and throws what SQLite throws, so it belongs into a thread of its own.
 * A damaged file is moved aside as `ledger-damaged.db`, one of a later version N as `ledger-version-N.db`; of each
 * name the last one is kept.
 */
export class LedgerDatabase {
  readonly #directory: string;
  readonly #steps: readonly string[];
  readonly #onMovedAside: (moved: MovedAside) => void;
  #open:
    | { readonly database: DatabaseSync; readonly insert: StatementSync; readonly add: StatementSync }
    | undefined;

  constructor(
    directory: string,
    onMovedAside: (moved: MovedAside) => void,
    steps: readonly string[] = migrations,
  ) {
    this.#directory = directory;
    this.#onMovedAside = onMovedAside;
    this.#steps = steps;
  }

  /** Writes all of them or none. */
  write(served: readonly Served[]): void {
    this.#mending(() => {
      const { database, insert, add } = this.#opened();
      inTransaction(database, () => {
        for (const one of served) insert.run(requestRow(one));
        for (const sum of daySums(served)) add.run(sum);
      });
    });
  }

  usage(query: UsageQuery): Usage {
    return this.#mending(() => {
      const { database } = this.#opened();
      const statement = database.prepare(usageStatement(query));
      const { from, to, key } = query;
      const rows = statement.all({ from, to, ...(key !== undefined && { key }) });
      return {
        rows: rows.slice(0, mostRows).map((row) => usageRow(row, query)),
        more: rows.length > mostRows,
      };
    });
  }

  /** Prompt and answer tokens of each key on the day in UTC of `now`. */
  tokensToday(now: number): ReadonlyMap<string, number> {
    return this.#mending(() => {
      const { rows } = this.usage({ from: dayOf(now), to: dayOf(now), groupBy: ['key'] });
      return new Map(
        rows.map(({ key = '', promptTokens, answerTokens }) => [key, promptTokens + answerTokens]),
      );
    });
  }

  /**
   * Forgets what is older than `days`, today included; a part of it if it is much.
   * @returns whether all of it is forgotten
   */
  forget(now: number, days: number): boolean {
    return this.#mending(() => {
      const { database } = this.#opened();
      const oldest = daysBefore(now, days - 1);
      database.prepare('DELETE FROM days WHERE day < ?').run(oldest);
      const { changes } = database
        .prepare('DELETE FROM requests WHERE rowid IN (SELECT rowid FROM requests WHERE at < ? LIMIT ?)')
        .run(Date.parse(oldest), forgottenAtOnce);
      database.exec('PRAGMA incremental_vacuum');
      return changes < forgottenAtOnce;
    });
  }

  close(): void {
    this.#open?.database.close();
    this.#open = undefined;
  }

  #opened() {
    this.#open ??= open(join(this.#directory, databaseName), this.#steps);
    return this.#open;
  }

  /** `work`, once more with an empty file when this one cannot be used. */
  #mending<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      this.#open?.database.close();
      this.#open = undefined;
      const asWhat = movedAs(error);
      if (!asWhat) throw error;
      this.#moveTo(asWhat.file);
      this.#onMovedAside(asWhat);
      return work();
    }
  }

  #moveTo(name: string): void {
    for (const companion of companions) rmSync(join(this.#directory, name + companion), { force: true });
    for (const companion of companions) {
      const path = join(this.#directory, databaseName + companion);
      try {
        renameSync(path, join(this.#directory, name + companion));
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      }
    }
  }
}

class LaterVersion extends Error {
  readonly version: number;

  constructor(version: number) {
    super(`The ledger's version is ${version}.`);
    this.version = version;
  }
}

/** As what the file is moved aside after `error`; `undefined` where it is not at fault. */
function movedAs(error: unknown): MovedAside | undefined {
  if (error instanceof LaterVersion)
    return { why: 'of a later version', file: `ledger-version-${error.version}.db` };
  return isDamage(error) ? { why: 'damaged', file: 'ledger-damaged.db' } : undefined;
}

function isDamage(error: unknown): boolean {
  const isFromSqlite = error instanceof Error && 'errcode' in error && typeof error.errcode === 'number';
  // The lower byte: extended codes have more above it (https://sqlite.org/rescode.html).
  return isFromSqlite && damageCodes.includes(Number(error.errcode) & 0xff);
}

function open(path: string, steps: readonly string[]) {
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
  // SQLite gives the files beside it the mode of this one.
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
  const database = new DatabaseSync(path, { timeout: 2000 });
  try {
    // NORMAL: a killed process loses nothing, a power cut the last moments; the file stays whole in both.
    database.exec(`
      PRAGMA auto_vacuum = INCREMENTAL;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA journal_size_limit = 4194304;
      PRAGMA cache_size = -512;
      PRAGMA temp_store = MEMORY;
    `);
    migrate(database, steps);
    return { database, insert: database.prepare(insertRequest), add: database.prepare(addToDay) };
  } catch (error) {
    database.close();
    throw error;
  }
}

function migrate(database: DatabaseSync, steps: readonly string[]): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
  if (version > steps.length) throw new LaterVersion(version);
  for (const [at, step] of steps.entries()) {
    if (at < version) continue;
    inTransaction(database, () => database.exec(`${step}; PRAGMA user_version = ${at + 1}`));
  }
}

/** When `work` fails, whoever called closes the database, which takes back what was done. */
function inTransaction(database: DatabaseSync, work: () => void): void {
  database.exec('BEGIN IMMEDIATE');
  work();
  database.exec('COMMIT');
}
