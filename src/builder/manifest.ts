import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { failure } from '../errors/catalogue.ts';
import { BakedModel } from '../models/image-facts.ts';
import { beside } from './artefacts.ts';
import { BundledPackage } from './bundled-packages.ts';
import { Contextualization } from './contextualization.ts';
import { TreeEntry } from './digest.ts';

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));

/** One Debian package of the image. */
export const DebianPackage = z.strictObject({
  name: z.string(),
  version: z.string(),
  architecture: z.string(),
  /** Hash of the package file, as the archive's signed index has it. */
  sha256: hex(64),
});
export type DebianPackage = z.infer<typeof DebianPackage>;

/** Facts of the compressed file, which nothing inside it can state. */
export const PackagedFile = z.strictObject({
  file: z.string(),
  /** Bytes of the file. */
  size: z.int(),
  /** Bytes of the disk in it. */
  virtualSize: z.int(),
  sha256: hex(64),
  md5: hex(32),
});

/** `IMAGE.manifest.json`: what was built, and everything that is inside. */
export const Manifest = z.strictObject({
  name: z.literal('OnePilot'),
  /** `image`: a bootable disk. `models`: a disk of model files for images that have none. */
  kind: z.enum(['image', 'models']),
  version: z.string(),
  profile: z.string(),
  suite: z.string(),
  contextualization: Contextualization,
  /** Seconds since 1970: when the image was packaged. */
  createdAt: z.int(),
  /** MiB of memory that a VM needs. */
  memory: z.int(),
  image: PackagedFile,
  /** Version by name of what was compiled or taken whole: llama.cpp, node and the like. */
  versions: z.record(z.string(), z.string()),
  enginePatches: z.array(z.strictObject({ file: z.string(), about: z.string(), sha256: hex(64) })),
  models: z.array(BakedModel),
  /** Files of ours, relative to the root of the image (of the disk, for models). */
  files: z.array(TreeEntry),
  npmPackages: z.array(BundledPackage),
  packages: z.array(DebianPackage),
  /** The bill of materials beside the image; its hash stands here so that the manifest's signature covers it. */
  bill: z.strictObject({ file: z.string(), sha256: hex(64) }).optional(),
});
export type Manifest = z.infer<typeof Manifest>;

/**
 * Reads the manifest that lies beside an image.
 * @throws MANIFEST_MISSING, MANIFEST_WRONG
 */
export async function readManifest(image: string): Promise<Manifest> {
  const path = beside(image).manifest;
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw failure('MANIFEST_MISSING', { path }, { cause });
  });
  return parseManifest(text, path);
}

/**
 * The manifest that `text` holds.
 * @param path where it was read, for the error
 * @throws MANIFEST_WRONG
 */
export function parseManifest(text: string, path: string): Manifest {
  let read: ReturnType<typeof Manifest.safeParse>;
  try {
    read = Manifest.safeParse(JSON.parse(text));
  } catch (cause) {
    throw failure('MANIFEST_WRONG', { path, problems: 'it is no JSON' }, { cause });
  }
  if (read.success) return read.data;
  throw failure('MANIFEST_WRONG', { path, problems: z.prettifyError(read.error) });
}
