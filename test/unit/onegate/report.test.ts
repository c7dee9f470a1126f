import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Secret } from '../../../src/context/secret.ts';
import { clearStaleReady, reportReady, reportState } from '../../../src/onegate/report.ts';
import type { ReadyScript } from '../../../src/onegate/settings.ts';
import type { Status } from '../../../src/report/status.ts';
import { gateWith, settingsFor } from './gate.ts';

const status: Status = {
  version: '0.1.0',
  state: 'ready',
  since: '2026-11-21T07:00:00.000Z',
  models: ['onepilot-smoke'],
  errors: [],
  warnings: [],
};
/** As patient as on the VM, but quicker. */
const quick = { signal: new AbortController().signal, pause: 1 };
const script = (text: string): ReadyScript => ({ text: new Secret(text) });

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'onepilot-test-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

describe('the state', () => {
  test('is told', async () => {
    const { gate, settings } = await gateWith();
    expect(await reportState(settings, status)).toBeUndefined();
    expect(gate.userTemplate).toMatchObject({ ONEAPP_COPILOT_STATE: 'ready', ONEAPP_COPILOT_STATUS: 'ok' });
  });

  test('is tried once, and trouble is a sentence', async () => {
    const { gate, settings } = await gateWith();
    gate.fault({ kind: 'drop' });
    expect(await reportState(settings, status)).toContain('could not be reached');
    expect(gate.requests).toHaveLength(1);
  });
});

describe('READY', () => {
  test('is told, nothing else', async () => {
    const { gate, settings } = await gateWith();
    expect(await reportReady(settings, quick)).toEqual({ reported: true });
    expect(gate.requests).toEqual([{ method: 'PUT', path: '/vm', body: 'READY=YES' }]);
  });

  test('is told again until OneGate takes it, longer than one-context would', async () => {
    const { gate, settings } = await gateWith();
    gate.fault({ kind: 'status', status: 500, text: 'busy' }, 5);
    expect(await reportReady(settings, quick)).toEqual({ reported: true });
    expect(gate.requests).toHaveLength(6);
  });

  test('is given up when patience ends, and the reason is the last one', async () => {
    const { gate, settings } = await gateWith();
    gate.fault({ kind: 'status', status: 500, text: 'busy' }, 1000);
    const report = await reportReady(settings, { ...quick, patience: 100 });
    expect(report).toEqual({ reported: false, reason: expect.stringContaining('answered 500: busy') });
    expect(gate.requests.length).toBeGreaterThan(1);
  });

  test('stops when it is told to, in the middle of a pause', async () => {
    const { gate, settings } = await gateWith();
    gate.fault({ kind: 'drop' }, 1000);
    const stop = new AbortController();
    const report = reportReady(settings, { signal: stop.signal, pause: 300_000 });
    await expect.poll(() => gate.requests.length).toBe(1);
    stop.abort();
    expect(await report).toMatchObject({ reported: false, reason: expect.stringContaining('stopped') });
  });

  test('stops when it is told to, while OneGate says nothing', async () => {
    const { gate, settings } = await gateWith();
    gate.fault({ kind: 'hang' });
    const stop = new AbortController();
    const report = reportReady(settings, { signal: stop.signal });
    await expect.poll(() => gate.requests.length).toBe(1);
    stop.abort();
    expect(await report).toMatchObject({ reported: false });
  });
});

describe('the ready script', () => {
  test('must succeed first', async () => {
    const { gate, settings } = await gateWith();
    const readyScript = script('echo noise; exit 3');
    const report = await reportReady({ ...settings, readyScript }, { ...quick, patience: 20 });
    expect(report.reason).toContain('READY_SCRIPT did not succeed (exit status 3)');
    expect(gate.requests).toEqual([]);
  });

  test('is run again until it succeeds', async () => {
    const { gate, settings } = await gateWith();
    const runs = join(await temporaryDirectory(), 'runs');
    const readyScript = script(`echo run >> ${runs}\n[ "$(wc -l < ${runs})" -ge 3 ]\n`);
    expect(await reportReady({ ...settings, readyScript }, quick)).toEqual({ reported: true });
    expect(await readFile(runs, 'utf8')).toBe('run\nrun\nrun\n');
    expect(gate.userTemplate).toEqual({ READY: 'YES' });
  });

  test('may be a program on the VM', async () => {
    const { gate, settings } = await gateWith();
    const path = join(await temporaryDirectory(), 'check');
    await writeFile(path, '#!/bin/sh\nexit 0\n');
    const readyScript = { path };
    const refused = await reportReady({ ...settings, readyScript }, { ...quick, patience: 1 });
    expect(refused.reason).toContain('EACCES');
    await chmod(path, 0o755);
    expect(await reportReady({ ...settings, readyScript }, quick)).toEqual({ reported: true });
    expect(gate.userTemplate).toEqual({ READY: 'YES' });
  });

  test('sees neither the text in its arguments nor what the agent has in its environment', async () => {
    const { settings } = await gateWith();
    const seen = join(await temporaryDirectory(), 'seen');
    process.env.CANARY = 'hunter2';
    onTestFinished(() => {
      delete process.env.CANARY;
    });
    const readyScript = script(`: hunter2\n{ tr '\\0' '\\n' < /proc/$$/cmdline; env; } > ${seen}\n`);
    expect(await reportReady({ ...settings, readyScript }, quick)).toEqual({ reported: true });
    const text = await readFile(seen, 'utf8');
    expect(text).toContain('PATH=');
    expect(text).not.toContain('hunter2');
  });

  test('is a private file that is gone afterwards', async () => {
    const { settings } = await gateWith();
    const seen = join(await temporaryDirectory(), 'seen');
    const readyScript = script(`stat -c %a "$0" "$(dirname "$0")" > ${seen}; echo "$0" >> ${seen}\n`);
    await reportReady({ ...settings, readyScript }, quick);
    const [file, directory, path = ''] = (await readFile(seen, 'utf8')).split('\n');
    expect([file, directory]).toEqual(['700', '700']);
    await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('that does not end is killed, with what it started', async () => {
    const { settings } = await gateWith();
    const pidFile = join(await temporaryDirectory(), 'pid');
    const readyScript = script(`sleep 1000 & echo $! > ${pidFile}; wait`);
    const report = await reportReady(
      { ...settings, readyScript },
      { ...quick, patience: 1, scriptTimeout: 500 },
    );
    expect(report.reason).toContain('it had to be stopped');
    const pid = Number(await readFile(pidFile, 'utf8'));
    await expect.poll(() => isRunning(pid)).toBe(false);
  });
});

/** A killed process that nobody has waited for yet is not running either. */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z');
  return !/\) Z/.test(stat);
}

describe('READY=YES of an earlier boot', () => {
  test('is taken back', async () => {
    const { gate, settings } = await gateWith({ userTemplate: { READY: 'YES', OWNER: 'team' } });
    await clearStaleReady(settings);
    expect(gate.userTemplate).toEqual({ READY: 'NO', OWNER: 'team' });
  });

  test.each([{}, { READY: 'NO' }])('is not invented where %j is', async (userTemplate) => {
    const { gate, settings } = await gateWith({ userTemplate });
    await clearStaleReady(settings);
    expect(gate.requests.map(({ method }) => method)).toEqual(['GET']);
  });

  test('is no reason to stop when OneGate is not there', async () => {
    await expect(clearStaleReady(settingsFor('http://127.0.0.1:1'))).resolves.toBe(false);
  });
});
