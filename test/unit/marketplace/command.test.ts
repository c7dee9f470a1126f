import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { $ } from 'zx';
import { checkout } from '../../../src/builder/places.ts';
import { builtImage } from './artefacts.ts';

const quiet = $({ quiet: true, nothrow: true, cwd: checkout });

async function marketplace(...options: readonly string[]) {
  return await quiet`node scripts/marketplace.ts ${options}`;
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'onepilot-marketplace-output-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

const url = 'https://downloads.onepilot.eu/onepilot.qcow2';

describe('npm run marketplace', () => {
  it('writes a submission and says what is left to do', async () => {
    const output = await folder();
    const { exitCode, stdout } = await marketplace(
      '--image',
      await builtImage(),
      '--url',
      url,
      '--output',
      output,
    );
    expect(exitCode, stdout).toBe(0);
    expect(stdout).toContain('wrote appliances/onepilot/README.md\n');
    expect(stdout).toContain('Add onepilot to the line SERVICES of apps-code/community-apps/Makefile.config');
    expect(stdout).toContain('No publisher_email');
    expect(await readdir(output)).toEqual(['PULL_REQUEST.md', 'appliances', 'apps-code', 'logos']);
  });

  it('writes nothing for an image without one-context, unless that is asked for', async () => {
    const [image, output] = [await builtImage({ contextualization: 'agent' }), await folder()];
    const options = ['--image', image, '--url', url, '--output', output];
    const refused = await marketplace(...options);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('(MARKETPLACE_NEEDS_ONE_CONTEXT)');
    expect(await readdir(output)).toEqual([]);
    const allowed = await marketplace(...options, '--allow-agent');
    expect(allowed.exitCode).toBe(0);
    expect(allowed.stdout).toContain('the context suite of the certification fails');
  });

  it.each([
    [[], '--image FILE and --url URL are needed'],
    [['--image', 'a.qcow2'], '--image needs --url URL'],
    [['--url', url], '--url belongs to --image FILE'],
    [['--image', 'a.qcow2', '--url', 'http://downloads.onepilot.eu/a.qcow2'], '--url must be an https URL'],
    [
      ['--image', 'a.qcow2', '--url', 'https://me:secret@downloads.onepilot.eu/'],
      '--url must be an https URL',
    ],
    [['--image', 'a', '--url', url, '--system', 'b', '--system-url', url], 'go together'],
    [['--image', 'a', '--url', url, '--release', '0'], '--release must be a whole number'],
    [['--image', 'a', '--url', url, '--email', 'nobody'], '--email must be an address'],
  ])('refuses %j', async (options, problem) => {
    const { exitCode, stderr } = await marketplace(...options);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(problem);
    expect(stderr).not.toContain('secret');
  });
});
