import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeBillAndManifest } from '../../../src/bill/write.ts';
import { beside } from '../../../src/builder/artefacts.ts';
import { digestFile } from '../../../src/builder/digest.ts';
import { manifest, sources } from '../bill/fixture.ts';

const run = promisify(execFile);

/** Bytes of the disk that the image says it holds. */
const virtualSize = 5 * 1024 ** 3;

/** An image as it is published, with keys, in a folder of its own. */
export interface Published {
  readonly folder: string;
  readonly image: string;
  /** Makes a key pair; the file of the private one. */
  makeKey(name: string, passphrase?: string): Promise<string>;
  /** Offers image, manifest and all under another name, as they are. */
  rename(name: string): Promise<string>;
  /** Writes a file of trusted signers: by name the options and the key. */
  writeSigners(signers: Readonly<Record<string, { key: string; options?: string }>>): Promise<string>;
  remove(): Promise<void>;
}

/** The beginning of a qcow2 file and some bytes (QEMU: docs/interop/qcow2.rst). */
function imageBytes(): Buffer {
  const bytes = Buffer.alloc(4096, 7);
  bytes.writeUInt32BE(0x51_46_49_fb, 0);
  bytes.writeBigUInt64BE(BigInt(virtualSize), 24);
  return bytes;
}

export async function publish(): Promise<Published> {
  const folder = await mkdtemp(join(tmpdir(), 'onepilot-signature-'));
  const image = join(folder, manifest.image.file);
  await writeFile(image, imageBytes());
  const facts = {
    file: manifest.image.file,
    size: (await stat(image)).size,
    virtualSize,
    sha256: await digestFile(image, 'sha256'),
    md5: await digestFile(image, 'md5'),
  };
  await writeBillAndManifest(image, { ...manifest, image: facts }, sources);
  return {
    folder,
    image,
    async makeKey(name, passphrase = '') {
      const path = join(folder, name);
      await run('ssh-keygen', ['-q', '-t', 'ed25519', '-C', name, '-N', passphrase, '-f', path]);
      return path;
    },
    async rename(name) {
      const to = join(folder, name);
      const [before, after] = [beside(image), beside(to)];
      await rename(image, to);
      await rename(before.manifest, after.manifest);
      await rename(before.signature, after.signature);
      await rename(before.bill, after.bill);
      return to;
    },
    async writeSigners(signers) {
      const lines = Object.entries(signers).map(async ([principal, { key, options = '' }]) =>
        `${principal} ${options} ${await readFile(`${key}.pub`, 'utf8')}`.trim(),
      );
      const path = join(folder, 'signers');
      await writeFile(path, `${(await Promise.all(lines)).join('\n')}\n`);
      return path;
    },
    remove: () => rm(folder, { recursive: true }),
  };
}
