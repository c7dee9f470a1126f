import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { onepilot } from '../../../src/cli/onepilot.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'onepilot-cli-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

test('shows key, status and report as they are', async () => {
  put('var/lib/onepilot/api-key', 'sk-x\n');
  put('etc/one-appliance/status', 'bootstrap_success\n');
  put('etc/one-appliance/config', '[OnePilot]\n');
  expect(await onepilot(['key'], root)).toEqual({ code: 0, output: 'sk-x\n' });
  expect(await onepilot(['status'], root)).toEqual({ code: 0, output: 'bootstrap_success\n' });
  expect(await onepilot(['report'], root)).toEqual({ code: 0, output: '[OnePilot]\n' });
});

test('says where a key is that it cannot show', async () => {
  expect(await onepilot(['key'], root)).toMatchObject({
    code: 1,
    output: expect.stringContaining('no key yet'),
  });
  put('etc/onepilot/gateway.json', '{"keys":[{"algorithm":"scrypt"}]}');
  const { code, output } = await onepilot(['key'], root);
  expect([code, output]).toEqual([1, expect.stringContaining('ONEAPP_COPILOT_API_PASSWORD')]);
});

test.each([[[]], [['help']], [['--help']], [['-h']], [['key', '--help']]])(
  '%j shows the help',
  async (args) => {
    expect(await onepilot(args, root)).toMatchObject({ code: 0, output: expect.stringContaining('Usage:') });
  },
);

test.each([[['keys']], [['key', 'extra']], [['--verbose']]])('%j is wrong usage', async (args) => {
  expect(await onepilot(args, root)).toMatchObject({ code: 2, output: expect.stringContaining('Usage:') });
});
