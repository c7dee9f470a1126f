import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failure, OnePilotError } from '../errors/catalogue.ts';
import { digestText } from './digest.ts';
import { checkout } from './places.ts';
import type { Shell } from './shell.ts';

/** Patches of our own to llama.cpp, relative to the checkout. */
export const patchesFolder = 'appliance/engine';

/** A change of ours to llama.cpp's source, as the image's manifest names it. */
export interface EnginePatch {
  /** File name; the patches are applied in the order of their names. */
  readonly file: string;
  /** The patch's subject: what is different with it. */
  readonly about: string;
  readonly sha256: string;
}

/** The patches in `folder`, in the order in which they are applied. */
export async function enginePatches(folder: string = join(checkout, patchesFolder)): Promise<EnginePatch[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.patch')).sort();
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(folder, file), 'utf8');
      const [, about = ''] = /^Subject: (?:\[PATCH\] )?(.+)$/m.exec(text) ?? [];
      return { file, about, sha256: digestText(text) };
    }),
  );
}

/**
 * Applies patches of `folder` to the git working tree at `source`, which must be as it was checked out.
 * @throws BUILD_PATCH_FAILED naming the first that does not apply
 */
export async function applyPatches(
  patches: readonly Pick<EnginePatch, 'file'>[],
  source: string,
  shell: Shell,
  folder: string = join(checkout, patchesFolder),
): Promise<void> {
  for (const { file } of patches) {
    try {
      await shell.run(['git', '-C', source, 'apply', '--whitespace=nowarn', join(folder, file)]);
    } catch (error) {
      if (!(error instanceof OnePilotError)) throw error;
      throw failure('BUILD_PATCH_FAILED', { file, reason: error.message }, { cause: error });
    }
  }
}
