import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chmod, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { beside } from '../../../src/builder/artefacts.ts';
import { signManifest } from '../../../src/signature/sign.ts';
import { verifyImage } from '../../../src/signature/verify.ts';
import { type Published, publish } from './published.ts';

const run = promisify(execFile);

let published: Published;

beforeEach(async () => {
  published = await publish();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await published.remove();
});

async function isSigned(): Promise<boolean> {
  return stat(beside(published.image).signature).then(
    () => true,
    () => false,
  );
}

describe('a signature of the manifest', () => {
  it('replaces an earlier one, lies beside the image for everybody to read, and nothing else is left', async () => {
    const { image, folder } = published;
    const key = await published.makeKey('key');
    const before = await readdir(folder);
    await signManifest(image, await published.makeKey('earlier'));
    await signManifest(image, key);
    const signers = await published.writeSigners({ me: { key } });
    expect((await verifyImage(image, signers)).problems).toEqual([]);
    const { signature } = beside(image);
    expect((await stat(signature)).mode & 0o777).toBe(0o644);
    const after = (await readdir(folder)).filter((name) => !/^(earlier|signers)/.test(name));
    expect(after.sort()).toEqual([...before, signature.slice(folder.length + 1)].sort());
  });

  it('is refused for an image or a bill that is not the manifest’s', async () => {
    const key = await published.makeKey('key');
    await appendFile(beside(published.image).bill, ' ');
    await expect(signManifest(published.image, key)).rejects.toMatchObject({
      code: 'SIGNATURE_REFUSED',
      message: expect.stringContaining('BILL_WRONG'),
    });
    expect(await isSigned()).toBe(false);
  });

  it('is not made with a key that is not there, or that others can read', async () => {
    const key = await published.makeKey('key');
    await expect(signManifest(published.image, '/nowhere/key')).rejects.toMatchObject({
      code: 'SIGNATURE_FAILED',
    });
    await chmod(key, 0o644);
    await expect(signManifest(published.image, key)).rejects.toMatchObject({ code: 'SIGNATURE_FAILED' });
    expect(await isSigned()).toBe(false);
  });

  it('is made by ssh-agent with a key that has a passphrase, which is never asked for', async () => {
    const { image, folder } = published;
    const key = await published.makeKey('locked', 'correct horse');
    vi.stubEnv('SSH_AUTH_SOCK', undefined);
    await expect(signManifest(image, key)).rejects.toMatchObject({ code: 'SIGNATURE_FAILED' });

    const socket = join(folder, 'agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      await once(agent.stdout, 'data');
      // Into the agent without its passphrase, and the private file away.
      await run('ssh-keygen', ['-q', '-p', '-P', 'correct horse', '-N', '', '-f', key]);
      await run('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
      await rm(key);
      vi.stubEnv('SSH_AUTH_SOCK', socket);
      await signManifest(image, `${key}.pub`);
    } finally {
      agent.kill();
    }
    const signers = await published.writeSigners({ me: { key } });
    expect((await verifyImage(image, signers)).signer?.principal).toBe('me');
  });

  it('needs ssh-keygen', async () => {
    const key = await published.makeKey('key');
    vi.stubEnv('PATH', '/nowhere');
    await expect(signManifest(published.image, key)).rejects.toMatchObject({ code: 'SIGNATURE_NO_TOOL' });
  });
});
