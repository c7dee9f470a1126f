import { readFile } from 'node:fs/promises';
import { beside } from '../builder/artefacts.ts';
import { failure } from '../errors/catalogue.ts';

/**
 * The bytes of an image's manifest: those that are signed are those that are read.
 * @throws MANIFEST_MISSING
 */
export async function readManifestBytes(image: string): Promise<Buffer> {
  const path = beside(image).manifest;
  return readFile(path).catch((cause: unknown) => {
    throw failure('MANIFEST_MISSING', { path }, { cause });
  });
}
