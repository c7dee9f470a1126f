import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import * as z from 'zod';
import { $ } from 'zx';
import { digestFile } from '../builder/digest.ts';
import { type Manifest, type PackagedFile, readManifest } from '../builder/manifest.ts';
import { failure } from '../errors/catalogue.ts';

/** An image or disk of models: what was built, and the file that holds it. */
export interface Artefact {
  readonly manifest: Manifest;
  /** Measured on the file itself. */
  readonly file: z.infer<typeof PackagedFile>;
}

/** An artefact that people can fetch. */
export interface Published extends Artefact {
  /** Where the file can be fetched: https. */
  readonly url: string;
}

const DiskInfo = z.looseObject({ format: z.string(), 'virtual-size': z.int() });

/**
 * Reads an image's manifest and measures the file: two hashes, size, and the virtual size that qemu-img sees.
 * @throws MANIFEST_MISSING, MANIFEST_WRONG, MARKETPLACE_NO_IMAGE, MARKETPLACE_STALE_MANIFEST
 */
export async function readArtefact(image: string): Promise<Artefact> {
  const manifest = await readManifest(image);
  const info = await $({ quiet: true, nothrow: true })`qemu-img info --output=json ${image}`;
  if (info.exitCode !== 0) {
    throw failure('MARKETPLACE_NO_IMAGE', { path: image, reason: info.stderr.trim() });
  }
  const disk = DiskInfo.parse(JSON.parse(info.stdout));
  if (disk.format !== 'qcow2') {
    throw failure('MARKETPLACE_NO_IMAGE', { path: image, reason: `it is ${disk.format} and not qcow2` });
  }
  const file = {
    file: basename(image),
    size: (await stat(image)).size,
    virtualSize: disk['virtual-size'],
    sha256: await digestFile(image, 'sha256'),
    md5: await digestFile(image, 'md5'),
  };
  const problems = disagreements(manifest, file);
  if (problems.length > 0) {
    throw failure('MARKETPLACE_STALE_MANIFEST', { path: image, problems: problems.join('\n') });
  }
  return { manifest, file };
}

/** What the manifest says of the file and the file does not bear out, a line for each. */
export function disagreements({ image }: Manifest, file: Artefact['file']): string[] {
  const keys = ['file', 'size', 'virtualSize', 'sha256', 'md5'] as const;
  return keys
    .filter((key) => image[key] !== file[key])
    .map((key) => `  ${key}: ${image[key]} in the manifest, ${file[key]} in truth`);
}
