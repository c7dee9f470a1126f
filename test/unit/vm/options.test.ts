import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readVmOptions } from '../../../src/vm/options.ts';
import { requireTools } from '../../../src/vm/tools.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'onepilot-options-'));
});
afterAll(() => rm(directory, { recursive: true }));

it('names the line of a context file that is wrong, and does not repeat it', async () => {
  const path = join(directory, 'context.env');
  await writeFile(path, '# mine\n\nONEAPP_COPILOT_API_PASSWORD=first\nsecond=\n');
  const refused = readVmOptions('npm run vm', undefined, ['--context', path]);
  await expect(refused).rejects.toMatchObject({ code: 'VM_BAD_CONTEXT' });
  await expect(refused).rejects.toThrow(/^Line 4 of [^ ]+ is no KEY=VALUE\.$/);
});

it('lets a command that builds its image boot no other', async () => {
  const refused = readVmOptions('npm run try', 'output/own.qcow2', ['--image', 'other.qcow2']);
  await expect(refused).rejects.toMatchObject({ code: 'BUILD_BAD_OPTION' });
  expect(await readVmOptions('npm run try', 'own.qcow2', [])).toMatchObject({
    image: 'own.qcow2',
    port: 8443,
  });
});

it('names the packages that are missing', async () => {
  await writeFile(join(directory, 'xorriso'), '', { mode: 0o755 });
  await expect(requireTools(directory)).rejects.toMatchObject({
    code: 'VM_TOOLS_MISSING',
    fix: expect.stringContaining('install --no-install-recommends qemu-system-x86 qemu-utils openssh-client'),
  });
});
