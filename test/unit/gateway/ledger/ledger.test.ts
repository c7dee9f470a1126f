import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Ledger, type LedgerOptions } from '../../../../src/gateway/ledger/ledger.ts';
import { served } from './served.ts';

let parent: string;
let directory: string;
let ledger: Ledger;
let log: string[];

const thisDay = { from: '2026-03-21', to: '2026-03-21', groupBy: ['key'] } as const;

function newLedger(changes: Partial<LedgerOptions> = {}): Ledger {
  return new Ledger({ directory, days: 3650, log: (_line, message) => log.push(message), ...changes });
}

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'ledger-'));
  directory = join(parent, 'state');
  log = [];
  ledger = newLedger();
});
afterEach(async () => {
  await ledger.close();
  rmSync(parent, { recursive: true });
});

describe('the ledger', () => {
  it('tells what was used, what was accounted for a moment ago included', async () => {
    for (let count = 0; count < 700; count += 1) ledger.account(served());
    const { rows } = await ledger.usage(thisDay);
    expect(rows).toMatchObject([{ key: 'ana', requests: 700, promptTokens: 70_000 }]);
    expect(await ledger.tokensToday()).toEqual(new Map());
    ledger.account(served({ at: Date.now() }));
    expect(await ledger.tokensToday()).toEqual(new Map([['ana', 110]]));
  });

  it('writes without being asked', async () => {
    ledger.account(served());
    await vi.waitFor(() => expect(ledger.state.written).toBe(1), 5000);
    expect(ledger.state).toMatchObject({ waiting: 0, dropped: 0 });
  });

  it('writes what waits before it ends', async () => {
    ledger.account(served());
    await ledger.close();
    ledger.account(served());
    ledger = newLedger();
    expect((await ledger.usage(thisDay)).rows).toMatchObject([{ requests: 1 }]);
  });

  it('drops and counts what is too much to wait', async () => {
    ledger = newLedger({ capacity: 100, interval: 60_000 });
    for (let count = 0; count < 150; count += 1) ledger.account(served());
    expect(ledger.state).toMatchObject({ waiting: 100, dropped: 50 });
    expect((await ledger.usage(thisDay)).rows).toMatchObject([{ requests: 100 }]);
  });

  it('forgets by another number of days after a reload', async () => {
    const long = { ...thisDay, from: '2000-01-01' };
    ledger.account(served({ at: Date.parse('2020-06-01T00:00:00Z') }));
    ledger.account(served({ at: Date.now() }));
    expect((await ledger.usage({ ...long, to: '2100-01-01' })).rows).toMatchObject([{ requests: 2 }]);
    ledger.keep(1);
    expect((await ledger.usage({ ...long, to: '2100-01-01' })).rows).toMatchObject([{ requests: 1 }]);
  });

  it('says once that it cannot write, once that it can again, and counts what was lost', async () => {
    // Root may write anywhere; a file where the directory should be stops everybody.
    writeFileSync(directory, '');
    ledger = newLedger({ interval: 5 });
    for (let failures = 1; failures <= 3; failures += 1) {
      ledger.account(served());
      await vi.waitFor(() => expect(ledger.state.failures).toBe(failures), 5000);
    }
    await expect(ledger.usage(thisDay)).rejects.toMatchObject({ code: 'usage_unreadable' });
    expect(log).toEqual(['the ledger cannot be written']);
    rmSync(directory);
    ledger.account(served());
    await vi.waitFor(() => expect(ledger.state.written).toBe(1), 5000);
    expect(log).toEqual(['the ledger cannot be written', 'the ledger is written again']);
    expect(ledger.state).toMatchObject({ dropped: 3, waiting: 0 });
  });

  it('says that it moved a damaged file aside', async () => {
    mkdirSync(directory);
    writeFileSync(join(directory, 'ledger.db'), 'no database at all. '.repeat(300));
    ledger.account(served());
    expect((await ledger.usage(thisDay)).rows).toMatchObject([{ requests: 1 }]);
    expect(ledger.state.movedAside).toBe(1);
    expect(log).toEqual(['the ledger was damaged: its file was moved aside, and a new one begun']);
  });

  it('says that it moved the file of a later version aside, and as what', async () => {
    mkdirSync(directory);
    const later = new DatabaseSync(join(directory, 'ledger.db'));
    later.exec('PRAGMA user_version = 9');
    later.close();
    const lines: object[] = [];
    ledger = newLedger({ log: (line, message) => void lines.push({ ...line, message }) });
    expect((await ledger.usage(thisDay)).rows).toEqual([]);
    expect((await ledger.usage(thisDay)).rows).toEqual([]);
    const message = 'the ledger was of a later version: its file was moved aside, and a new one begun';
    expect(lines).toEqual([{ directory, file: 'ledger-version-9.db', message }]);
  });

  it('has, after the process was killed, all but the last second', async () => {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('killed-ledger.ts', import.meta.url)), directory],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await vi.waitFor(() => expect(said.split('\n').length).toBeGreaterThan(300), 15_000);
    await sleep(100);
    child.kill('SIGKILL');
    await once(child, 'close');
    const accounted = said.split('\n').slice(0, -1).map(Number);
    const killedAt = accounted.at(-1) ?? 0;

    const database = new DatabaseSync(join(directory, 'ledger.db'));
    const rows = database.prepare('SELECT at FROM requests').all();
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    database.close();
    const written = new Set(rows.map(({ at }) => Number(at)));
    const lost = accounted.filter((at) => !written.has(at));
    expect(Math.min(...lost, killedAt)).toBeGreaterThan(killedAt - 1000);
    expect(written.size).toBeGreaterThan(0);
  });
});
