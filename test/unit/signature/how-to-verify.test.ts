import { execFile } from 'node:child_process';
import { appendFile, copyFile, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beside } from '../../../src/builder/artefacts.ts';
import { shellBlocks } from '../../../src/docs/shell-blocks.ts';
import { howToVerify } from '../../../src/signature/how-to-verify.ts';
import { signManifest } from '../../../src/signature/sign.ts';
import { type Published, publish } from './published.ts';

let published: Published;
let downloads: string;
beforeEach(async () => {
  published = await publish();
  const key = await published.makeKey('release');
  const signers = await published.writeSigners({ SIGNER: { key } });
  await signManifest(published.image, key);
  downloads = join(published.folder, 'downloads');
  await mkdir(downloads);
  await copyFile(signers, join(downloads, 'allowed_signers'));
});
afterEach(() => published.remove());

/** Follows the guide in an empty folder. */
async function follow(): Promise<string> {
  const { image } = published;
  const guide = howToVerify({ url: pathToFileURL(image).href, file: basename(image) });
  const [commands = ''] = shellBlocks(`## Verification\n\n${guide}\n`, 'Verification');
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', commands], {
    cwd: downloads,
  });
  return stdout;
}

describe('the guide to verifying an image', () => {
  it('says what to fetch and what to run, which succeeds for what is genuine', async () => {
    const output = await follow();
    expect(output).toContain('Good "onepilot-manifest" signature for SIGNER');
    expect(output.match(/"sha256"/g)).toHaveLength(2);
  });

  it('fails for an image, a bill or a manifest that somebody swapped', async () => {
    const { bill, manifest } = beside(published.image);
    for (const path of [published.image, bill, manifest]) {
      await copyFile(path, `${path}.kept`);
      await appendFile(path, ' ');
      await expect(follow()).rejects.toThrow('Command failed');
      await copyFile(`${path}.kept`, path);
      await follow();
    }
  });
});
