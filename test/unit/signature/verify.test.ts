import { execFile } from 'node:child_process';
import { appendFile, copyFile, open, readFile, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beside } from '../../../src/builder/artefacts.ts';
import { plainToolCommands } from '../../../src/signature/plain-tools.ts';
import { signManifest } from '../../../src/signature/sign.ts';
import { verifyImage } from '../../../src/signature/verify.ts';
import { type Published, publish } from './published.ts';

const run = promisify(execFile);
const release = 'releases@example.org';
const forManifests = 'namespaces="onepilot-manifest"';

let published: Published;
let image: string;
let key: string;
let signers: string;

beforeEach(async () => {
  published = await publish();
  ({ image } = published);
  key = await published.makeKey('release');
  signers = await published.writeSigners({ [release]: { key, options: forManifests } });
  await signManifest(image, key);
});
afterEach(() => published.remove());

async function codes(of = signers): Promise<string[]> {
  const { problems } = await verifyImage(image, of);
  return problems.map(({ code }) => code);
}

/** Changes one byte and nothing else: `text` must stand in the file. */
async function changeByte(path: string, text: string, to: string): Promise<void> {
  const before = await readFile(path, 'utf8');
  expect(before).toContain(text);
  await writeFile(path, before.replace(text, to));
}

describe('an image whose manifest is signed', () => {
  it('is trusted when the signer is, who is named with the key', async () => {
    const { signer, problems, manifest } = await verifyImage(image, signers);
    expect(problems).toEqual([]);
    expect(signer).toEqual({ principal: release, key: expect.stringMatching(/^ED25519 key SHA256:\S+$/) });
    expect(manifest?.version).toBe('1.2.3');
  });

  it('is trusted by one of several names of the key', async () => {
    const both = await published.writeSigners({
      'git@example.org': { key, options: 'namespaces="git"' },
      [`other@example.org,${release}`]: { key, options: forManifests },
    });
    expect(await codes(both)).toEqual([]);
  });

  it('is refused when a byte of the manifest was changed', async () => {
    await changeByte(beside(image).manifest, '"version": "1.2.3"', '"version": "1.2.4"');
    expect(await codes()).toEqual(['SIGNATURE_WRONG']);
  });

  it('is refused when a byte of the image was changed', async () => {
    const file = await open(image, 'r+');
    await file.write('x', 1000);
    await file.close();
    const { problems, signer } = await verifyImage(image, signers);
    expect(problems.map(({ code }) => code)).toEqual(['SIGNATURE_IMAGE_WRONG', 'SIGNATURE_IMAGE_WRONG']);
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('its SHA-256 is'),
      expect.stringContaining('its MD5 is'),
    ]);
    expect(signer?.principal).toBe(release);
  });

  it('is refused under the name of another, as when last year’s is offered as this year’s', async () => {
    image = await published.rename('onepilot-8gb-2.0.0-1-20271121.qcow2');
    const { problems, signer } = await verifyImage(image, signers);
    expect(problems.map(({ code }) => code)).toEqual(['SIGNATURE_NAME_WRONG', 'SIGNATURE_NAME_WRONG']);
    expect(problems[0]?.message).toContain('was published as onepilot-8gb-one-context.qcow2');
    expect(signer?.principal).toBe(release);
  });

  it('is refused when its disk has another size than stated', async () => {
    const file = await open(image, 'r+');
    await file.write(Buffer.from([1]), 0, 1, 24);
    await file.close();
    const { problems } = await verifyImage(image, signers);
    expect(problems.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/its virtual size is \d+, not 5368709120/),
    );
  });

  it('is refused when the bill of materials was changed, and when there is none', async () => {
    const { bill } = beside(image);
    await changeByte(bill, 'GPL-2.0-or-later', 'GPL-3.0-or-later');
    expect(await codes()).toEqual(['BILL_WRONG']);
    await rm(bill);
    expect(await codes()).toEqual(['BILL_MISSING']);
  });

  it('is refused when the signer is another', async () => {
    await signManifest(image, await published.makeKey('stranger'));
    expect(await codes()).toEqual(['SIGNATURE_UNKNOWN_SIGNER']);
  });

  it('is refused when the signer may sign other things only', async () => {
    const others = await published.writeSigners({ [release]: { key, options: 'namespaces="git,file"' } });
    expect(await codes(others)).toEqual(['SIGNATURE_NOT_ALLOWED']);
  });

  it('is refused when the key was not trusted for that long', async () => {
    const outdated = await published.writeSigners({ [release]: { key, options: 'valid-before="20200101"' } });
    const [code] = await codes(outdated);
    expect(['SIGNATURE_NOT_ALLOWED', 'SIGNATURE_UNKNOWN_SIGNER']).toContain(code);
  });

  it('is refused when the key signed it for another purpose', async () => {
    const { manifest, signature } = beside(image);
    await rm(signature);
    await run('ssh-keygen', ['-Y', 'sign', '-n', 'file', '-f', key, manifest]);
    expect(await codes()).toEqual(['SIGNATURE_WRONG']);
  });

  it('is refused without signature, with something else in its place, without signers, without manifest', async () => {
    const { manifest, signature } = beside(image);
    expect(await codes('/nowhere/signers')).toEqual(['SIGNATURE_NO_SIGNERS']);
    await writeFile(signature, 'no signature\n');
    expect(await codes()).toEqual(['SIGNATURE_WRONG']);
    await rm(signature);
    expect(await codes()).toEqual(['SIGNATURE_MISSING']);
    await rm(manifest);
    expect(await codes()).toEqual(['MANIFEST_MISSING']);
  });

  it('is refused for everything that is wrong at once', async () => {
    const { bill, signature } = beside(image);
    await appendFile(image, 'x');
    await rm(bill);
    await rm(signature);
    expect(await codes()).toEqual([
      'SIGNATURE_MISSING',
      'SIGNATURE_IMAGE_WRONG',
      'SIGNATURE_IMAGE_WRONG',
      'SIGNATURE_IMAGE_WRONG',
      'BILL_MISSING',
    ]);
    await rm(image);
    expect(await codes()).toContain('SIGNATURE_IMAGE_MISSING');
  });

  it('is refused when nothing vouches for a bill of materials', async () => {
    const { manifest } = beside(image);
    const { bill: _, ...stated } = JSON.parse(await readFile(manifest, 'utf8'));
    await writeFile(manifest, JSON.stringify(stated));
    expect(await codes()).toEqual(['SIGNATURE_WRONG', 'BILL_NOT_STATED']);
  });
});

describe('the commands for people without this program', () => {
  async function outcomes(): Promise<boolean[]> {
    const commands = plainToolCommands(image, signers, release);
    return Promise.all(
      commands.map((line) =>
        run('sh', ['-c', line], { cwd: published.folder }).then(
          () => true,
          () => false,
        ),
      ),
    );
  }

  it('succeed for what is genuine', async () => {
    expect(await outcomes()).toEqual([true, true, true]);
  });

  it('fail for what has the name of another', async () => {
    image = await published.rename('onepilot-8gb-2.0.0-1-20271121.qcow2');
    expect(await outcomes()).toEqual([true, false, false]);
  });

  it('fail for an image that is another file of the manifest', async () => {
    await copyFile(beside(image).bill, image);
    expect(await outcomes()).toEqual([true, false, true]);
  });

  it('fail each for what was changed', async () => {
    await appendFile(beside(image).bill, ' ');
    expect(await outcomes()).toEqual([true, true, false]);
    await appendFile(image, ' ');
    expect(await outcomes()).toEqual([true, false, false]);
    await appendFile(beside(image).manifest, ' ');
    expect(await outcomes()).toEqual([false, false, false]);
  });
});
