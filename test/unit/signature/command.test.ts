import { appendFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { $ } from 'zx';
import { beside } from '../../../src/builder/artefacts.ts';
import { checkout } from '../../../src/builder/places.ts';
import { type Published, publish } from './published.ts';

let published: Published;
beforeEach(async () => {
  published = await publish();
});
afterEach(() => published.remove());

async function verify(options: readonly string[], environment: Record<string, string> = {}) {
  const env = { ...process.env, ...environment };
  return await $({ quiet: true, nothrow: true, cwd: checkout, env })`node scripts/verify.ts ${options}`;
}

describe('npm run verify', () => {
  it('signs with the key that the environment names, and says who signed what', async () => {
    const { image } = published;
    const key = await published.makeKey('release');
    const signed = await verify([image, '--sign'], { ONEPILOT_SIGNING_KEY: key });
    expect(signed.exitCode, signed.stderr).toBe(0);
    const signers = await published.writeSigners({ 'releases@example.org': { key } });
    const { exitCode, stdout } = await verify([image, '--signers', signers]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('signed by releases@example.org, ED25519 key SHA256:');
    expect(stdout).toContain('an image of OnePilot 1.2.3, profile 8gb');
  });

  it('ends with 1, every problem and what to do about each', async () => {
    const { image } = published;
    const key = await published.makeKey('release');
    await verify([image, '--sign', '--key', key]);
    const signers = await published.writeSigners({ me: { key } });
    await appendFile(image, 'x');
    await appendFile(beside(image).bill, 'x');
    const { exitCode, stderr, stdout } = await verify([image, '--signers', signers]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('signed by me');
    for (const part of [
      'its size in bytes is 4097, not 4096',
      'its SHA-256',
      'its MD5',
      '(BILL_WRONG)',
      '→',
    ]) {
      expect(stderr).toContain(part);
    }
  });

  it('says what is missing on the command line', async () => {
    const { image } = published;
    for (const options of [
      [],
      [image],
      [image, image, '--signers', 'x'],
      [image, '--signers', 'x', '--key', 'y'],
    ]) {
      const { exitCode, stderr } = await verify(options);
      expect(exitCode).toBe(1);
      expect(stderr).toContain('(BUILD_BAD_OPTION)');
    }
    const { exitCode, stderr } = await verify([image, '--sign'], { ONEPILOT_SIGNING_KEY: '' });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('(SIGNATURE_NO_KEY)');
  });

  it('tells with --help how to do without it', async () => {
    const { exitCode, stdout } = await verify(['--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('ssh-keygen -Y verify -n onepilot-manifest -f FILE');
  });
});
