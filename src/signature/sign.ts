import { rename, rm, writeFile } from 'node:fs/promises';
import { beside } from '../builder/artefacts.ts';
import { parseManifest } from '../builder/manifest.ts';
import { failure } from '../errors/catalogue.ts';
import { factProblems } from './facts.ts';
import { listedProblems } from './problems.ts';
import { readManifestBytes } from './read-signed.ts';
import { signatureNamespace, sshKeygen } from './ssh-keygen.ts';

/** Writes a file that is complete or not there. */
async function replaceFile(path: string, text: string): Promise<void> {
  const partial = `${path}.partial`;
  try {
    await writeFile(partial, text, { mode: 0o644 });
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
}

/**
 * Signs the manifest of an image, which must be the image's: as `ssh-keygen -Y sign` does, into `beside(image).signature`.
 * @param key file of a private key; or of the public one, when ssh-agent has the other. It is read by ssh-keygen alone.
 * @throws MANIFEST_MISSING, MANIFEST_WRONG, SIGNATURE_REFUSED when image or bill are not the manifest's,
 *   SIGNATURE_FAILED, SIGNATURE_NO_TOOL
 */
export async function signManifest(image: string, key: string): Promise<void> {
  const path = beside(image);
  const bytes = await readManifestBytes(image);
  const problems = await factProblems(image, parseManifest(bytes.toString('utf8'), path.manifest));
  if (problems.length > 0) {
    throw failure('SIGNATURE_REFUSED', { path: image, problems: listedProblems(problems) });
  }
  const { succeeded, output, reason } = await sshKeygen(
    ['-Y', 'sign', '-n', signatureNamespace, '-f', key],
    bytes,
  );
  if (!succeeded) throw failure('SIGNATURE_FAILED', { path: path.manifest, reason });
  await replaceFile(path.signature, output);
}
