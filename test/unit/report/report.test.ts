import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { outcomeLine, progressLine, writeToConsoles } from '../../../src/report/console.ts';
import { messageOfTheDay, statusLine } from '../../../src/report/progress.ts';
import { type ReportFacts, renderReport } from '../../../src/report/report.ts';
import { outcomeIn } from '../../../src/vm/machine.ts';

const facts: ReportFacts = {
  image: { version: '0.1.0', profile: 'smoke' },
  outcome: 'ready at https://10.0.0.5/',
  addresses: ['10.0.0.5', '2001:db8::5'],
  models: [{ id: 'coder', roles: ['chat', 'complete'], contextSize: 4096 }],
  key: 'generated',
  keyPath: '/var/lib/onepilot/api-key',
  authorityPath: '/var/lib/onepilot/authority/ca.crt',
  fingerprint: 'AA:BB',
  certificate: undefined,
  contextSource: 'context disk',
  errors: [],
  warnings: [{ code: 'CONTEXT_X', what: 'Something.', fix: 'Do this.' }],
};

test('the report says where everything is', () => {
  const report = renderReport(facts);
  for (const part of [
    'openai_base_url = https://10.0.0.5/v1',
    'openai_base_url = https://[2001:db8::5]/v1',
    'onepilot key',
    'ca_url = https://10.0.0.5/ca.crt',
    'ca_sha256 = AA:BB',
    'model = coder (chat, complete; 4096 tokens)',
    'source = context disk',
    'curl --cacert ca.crt',
    '[Warnings]\nCONTEXT_X: Something.\n  Do this.',
  ]) {
    expect(report).toContain(part);
  }
  expect(report).not.toContain('[Errors]');
});

test('nothing that others have written moves the cursor of who reads the report', () => {
  const warnings = [{ code: 'ACME_REFUSED', what: 'The CA says \u001b[2Jno.', fix: 'Ask\rit.' }];
  const report = renderReport({ ...facts, warnings });
  expect(report).toContain('ACME_REFUSED: The CA says  [2Jno.\n  Ask it.\n');
  expect(report).not.toMatch(/[^\P{Cc}\n]/u);
});

test('with a certificate that others trust, the name that it is for goes first, and curl needs no CA', () => {
  const certificate = {
    source: 'acme',
    hosts: ['copilot.example.org'],
    names: ['copilot.example.org'],
    addresses: [],
    issuer: "E7 (Let's Encrypt)",
    notAfter: '2027-02-19T04:00:00.000Z',
  } as const;
  const report = renderReport({ ...facts, certificate });
  const urls = [...report.matchAll(/^openai_base_url = (.*)$/gm)].map(([, url]) => url);
  expect(urls).toEqual(['https://copilot.example.org/v1', 'https://10.0.0.5/v1', 'https://[2001:db8::5]/v1']);
  expect(report).toContain("trusted_for = copilot.example.org (of E7 (Let's Encrypt), until 2027-02-19)");
  expect(report).toContain('ca_sha256 = AA:BB');
  expect(report).toMatch(/^curl -H .* https:\/\/copilot\.example\.org\/v1\/chat\/completions$/m);
});

test.each([
  ['chosen', 'ONEAPP_COPILOT_API_PASSWORD'],
  ['listed', 'ONEAPP_COPILOT_API_KEYS'],
  ['added', 'onepilot keys add'],
  ['none', 'none works: run "onepilot keys add NAME"'],
  ['unknown', 'cannot be read'],
  [undefined, 'none yet'],
] as const)('of a key that is %s the report says %s', (key, words) => {
  const line = /^api_key = .*$/m.exec(renderReport({ ...facts, key }))?.[0];
  expect(line).toContain(words);
  expect(line).not.toContain('onepilot key"');
});

test('status and message of the day are worded as one-apps words them', () => {
  expect(statusLine('configure', 'started')).toBe('configure_started\n');
  expect(messageOfTheDay('configure', 'started')).toContain(
    '\n 2/3 Configuration step is in progress...\n\n * * * * * * * *\n * PLEASE WAIT *\n * * * * * * * *\n',
  );
  expect(messageOfTheDay('configure', 'success')).toContain('\n 2/3 Configuration step was successfull.\n');
  expect(messageOfTheDay('bootstrap', 'failure', ['why'])).toMatch(
    /\n 3\/3 Bootstrap step failed\.\n\n \* [* ]+\n \* APPLIANCE ERROR \*\n[^a-z]+why\n/,
  );
  expect(messageOfTheDay('bootstrap', 'success')).toContain('\n All set and ready to serve 8)\n');
});

test('`npm run vm` understands the last line on the console', () => {
  const text = (line: string) => `${progressLine(12.34, 'booting')}\n${line}\n`;
  expect(progressLine(12.34, 'booting')).toBe('[   12.3] OnePilot: booting');
  expect(outcomeIn(text(outcomeLine({ state: 'ready', url: 'https://10.0.0.5/' })))).toEqual({
    state: 'ready',
    text: 'at https://10.0.0.5/',
  });
  for (const state of ['failed', 'degraded'] as const) {
    const line = outcomeLine({ state, reason: 'two\nlines ' });
    expect(line).toBe(`OnePilot: ${state}: two lines`);
    expect(outcomeIn(text(line))).toEqual({ state, text: 'two lines' });
  }
  expect(outcomeIn(progressLine(1, 'booting'))).toBeUndefined();
});

test('consoles that do not exist are ignored, and control characters do not reach the others', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'onepilot-tty-'));
  try {
    const works = join(directory, 'tty1');
    writeFileSync(works, '');
    await writeToConsoles([join(directory, 'ttyS0'), works, directory], ['a\u001b[2Jb', 'c']);
    expect(readFileSync(works, 'utf8')).toBe('a [2Jb\nc\n');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
