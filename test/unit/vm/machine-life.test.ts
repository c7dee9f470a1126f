import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkout } from '../../../src/builder/places.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'onepilot-machine-'));
  // In place of QEMU: tells its process number and stays.
  const qemu = `#!/bin/sh\necho $$ >'${directory}/new' && mv '${directory}/new' '${directory}/pid'\nexec sleep 600\n`;
  await writeFile(join(directory, 'qemu-system-x86_64'), qemu, { mode: 0o755 });
});
afterAll(() => rm(directory, { recursive: true }));

it('ends with the process that started it, even when that is killed', async () => {
  const shape = {
    hypervisor: { accelerator: 'tcg', qemu: 7 },
    memory: 1024,
    firmware: 'bios',
    disk: '/d',
    ports: { https: 1, ssh: 2 },
    directory,
  };
  const script = `
    const { Machine } = await import('${join(checkout, 'src/vm/machine.ts')}');
    await (await Machine.start(${JSON.stringify(shape)})).exited;`;
  const starter = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, PATH: `${directory}:${process.env.PATH}` },
    stdio: 'inherit',
  });
  await expect.poll(() => existsSync(join(directory, 'pid')), { timeout: 10_000 }).toBe(true);
  const pid = (await readFile(join(directory, 'pid'), 'utf8')).trim();
  expect(existsSync(join('/proc', pid))).toBe(true);
  starter.kill('SIGKILL');
  await once(starter, 'exit');
  // Somebody collects what is left of it at some time: what counts is that it no longer runs.
  await expect
    .poll(() => readFile(join('/proc', pid, 'cmdline'), 'utf8').catch(() => ''), { timeout: 5000 })
    .toBe('');
});
