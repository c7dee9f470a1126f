import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { observeMachine } from '../../../src/machine/observe.ts';

test('the clock counts as synchronised once timesyncd has said so', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'onepilot-test-'));
  const file = join(directory, 'synchronized');
  const synchronised = async () => (await observeMachine(directory, file)).clock.synchronised;
  try {
    expect(await synchronised()).toBe(false);
    await writeFile(file, '');
    expect(await synchronised()).toBe(true);
  } finally {
    await rm(directory, { recursive: true });
  }
});
