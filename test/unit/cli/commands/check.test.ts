import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { image, TemporaryAppliance } from './temporary-appliance.ts';

let appliance: TemporaryAppliance;
beforeEach(() => {
  appliance = new TemporaryAppliance();
});
afterEach(() => appliance.remove());

function checkText(text: string, ...more: string[]) {
  appliance.input = text;
  return appliance.onepilot('check', '-', ...more);
}

describe('onepilot check', () => {
  it('finds a good context fine', async () => {
    appliance.put('/usr/share/onepilot/image.json', image);
    const { code, stdout } = await checkText("ETH0_MAC='02:00:0a:00:00:05'\nETH0_IP='10.0.0.5'\n");
    expect([code, stdout]).toEqual([0, 'standard input: fine\n']);
  });

  it('says what it could not check where there is no image', async () => {
    const { code, stdout } = await checkText("ONEAPP_COPILOT_CONTEXT_SIZE='8192'\n");
    expect(code).toBe(0);
    expect(stdout).toContain('Limits of the image were not checked');
  });

  it('tells every problem at once, with variable and fix', async () => {
    appliance.put('/usr/share/onepilot/image.json', image);
    const { code, stdout } = await checkText(
      [
        "ETH0_MAC='02:00:0a:00:00:05'",
        "ETH0_IP='10.0.0.555'",
        "ONEAPP_COPILOT_CONTEXT_SIZE='8192'",
        "ONEAPP_COPILOT_CPU_THREADS='many'",
        "SET_HOSTNAME='my pilot'",
        '',
      ].join('\n'),
    );
    expect(code).toBe(3);
    expect(stdout).toMatch(/^standard input: 3 errors, 1 warning\n/);
    expect(stdout.match(/^ {2}\S+ \(.*\)$/gm)).toEqual([
      '  ETH0_IP (CONTEXT_BAD_ADDRESS)',
      '  ONEAPP_COPILOT_CPU_THREADS (CONTEXT_BAD_NUMBER)',
      '  ONEAPP_COPILOT_CONTEXT_SIZE (CONTEXT_MORE_THAN_TRAINED)',
      '  SET_HOSTNAME (CONTEXT_HOSTNAME_CHANGED)',
    ]);
  });

  it('takes warnings for fine', async () => {
    const { code, stdout } = await checkText("SET_HOSTNAME='my pilot'\n");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^standard input: fine, 1 warning\n/);
  });

  it('never shows a secret, in either form', async () => {
    const context = "ONEAPP_COPILOT_API_PASSWORD='top secret ü'\n";
    const { code, stdout } = await checkText(context);
    expect(code).toBe(3);
    expect(stdout + (await checkText(context, '--json')).stdout).not.toContain('top');
  });

  it('reads the file that is named', async () => {
    appliance.put('/my.sh', 'FOO=bar\n');
    const { code, stdout } = await appliance.onepilot('check', join(appliance.root, 'my.sh'));
    expect(code).toBe(3);
    expect(stdout).toContain('CONTEXT_UNREADABLE_TEXT');
  });

  it.each(['missing.sh', 'directory'])('ends with 1 when the file cannot be read: %s', async (name) => {
    mkdirSync(join(appliance.root, 'directory'));
    const { code, stderr } = await appliance.onepilot('check', join(appliance.root, name));
    expect(code).toBe(1);
    expect(stderr).toContain('COMMAND_FILE_UNREADABLE');
  });

  it('checks the context of this VM when no file is named', async () => {
    appliance.context = "ONEAPP_COPILOT_CPU_THREADS='many'\n";
    const { code, stdout } = await appliance.onepilot('check', '--json');
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      source: 'context disk',
      fine: false,
      errors: [{ code: 'CONTEXT_BAD_NUMBER', variable: 'ONEAPP_COPILOT_CPU_THREADS' }],
      imageLimitsChecked: false,
    });
  });

  it('reads a context as EuroCopilot has it without errors', async () => {
    const euroCopilot = {
      AI_MODEL: 'Devstral Small 2 (24B ~14GB built-in)',
      API_PASSWORD: '',
      CONTEXT_SIZE: '32768',
      CPU_THREADS: '0',
      TLS_DOMAIN: '',
      LB_ENABLED: 'NO',
      LB_BACKENDS: '',
      REGISTER_URL: '',
      REGISTER_KEY: '',
      REGISTER_MODEL_NAME: '',
      REGISTER_SITE_NAME: '',
    };
    const lines = Object.entries(euroCopilot).map(([name, value]) => `ONEAPP_COPILOT_${name}='${value}'\n`);
    expect(await checkText(lines.join(''))).toMatchObject({ code: 0, stderr: '' });
  });
});
