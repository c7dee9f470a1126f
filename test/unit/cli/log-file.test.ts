import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openLog } from '../../../src/cli/log-file.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'onepilot-log-'));
});
afterAll(() => rm(directory, { recursive: true }));

it('is complete once it has ended, and for its owner alone', async () => {
  const path = join(directory, 'a.log');
  const log = openLog(path);
  for (let line = 0; line < 1000; line++) log.stream.write(`${line}\n`);
  await log.end();
  expect((await readFile(path, 'utf8')).trim().split('\n')).toHaveLength(1000);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

it.each(['/dev/full', '/nonexistent/a.log'])('tells once that %s cannot be written', async (path) => {
  const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const log = openLog(path);
  log.stream.write('first\n');
  await new Promise<void>((resolve) => log.stream.once('close', () => resolve()));
  log.stream.write('second\n');
  await log.end();
  expect(told).toHaveBeenCalledOnce();
  told.mockRestore();
});
