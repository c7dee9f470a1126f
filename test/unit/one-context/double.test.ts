import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digestFile } from '../../../src/builder/digest.ts';
import { loggingShell, type Shell } from '../../../src/builder/shell.ts';
import { openLog } from '../../../src/cli/log-file.ts';
import { makeOneContextDeb } from '../../support/one-context/make-deb.ts';

const files = join(import.meta.dirname, '../../support/one-context/package');

let directory: string;
let shell: Shell;
let log: ReturnType<typeof openLog>;
let deb: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'onepilot-double-'));
  log = openLog(join(directory, 'log'));
  shell = loggingShell(log.stream, AbortSignal.timeout(60_000));
  deb = await makeOneContextDeb(join(directory, 'first'), shell);
});
afterAll(async () => {
  await log.end();
  await rm(directory, { recursive: true, force: true });
});

test('the double is one-context to dpkg, and keeps cloud-init out as that does', () => {
  const field = (name: string) => execFileSync('dpkg-deb', ['-f', deb, name], { encoding: 'utf8' }).trim();
  expect(field('Package')).toBe('one-context');
  expect(field('Conflicts').split(', ')).toContain('cloud-init');
  expect(field('Description')).toContain('for tests');
});

test('the same files make the same package', async () => {
  expect(await digestFile(await makeOneContextDeb(join(directory, 'second'), shell))).toBe(
    await digestFile(deb),
  );
});

test('its hooks can be executed, whatever the modes of the checkout', () => {
  const listed = execFileSync('dpkg-deb', ['-c', deb], { encoding: 'utf8' }).split('\n');
  const hooks = listed.filter((line) => line.includes('/one-context.d/') && !line.endsWith('/'));
  expect(hooks.length).toBeGreaterThan(5);
  expect(hooks.filter((line) => !line.startsWith('-rwxr-xr-x root/root'))).toEqual([]);
});

test('each of its scripts is one to bash', async () => {
  for (const folder of ['etc/one-context.d', 'usr/sbin']) {
    for (const name of await readdir(join(files, folder))) {
      execFileSync('bash', ['-n', join(files, folder, name)], { stdio: 'pipe' });
    }
  }
});
