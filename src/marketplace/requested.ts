import type { Manifest } from '../builder/manifest.ts';
import { failure } from '../errors/catalogue.ts';
import { type Published, readArtefact } from './artefact.ts';
import type { Artefacts } from './submission.ts';

/** A file to publish and where it will be fetched. */
export interface Upload {
  readonly path: string;
  readonly url: string;
}

/** What to publish. */
export interface Uploads {
  readonly image: Upload;
  /** Images with other models in them. */
  readonly more?: readonly Upload[] | undefined;
  readonly split?: { readonly system: Upload; readonly modelDisks: readonly Upload[] } | undefined;
}

const kinds = {
  image: 'an image with models in it',
  system: 'an image without models',
  models: 'a disk of models',
} as const;
type Kind = keyof typeof kinds;

/**
 * Reads what is to be published, and refuses what the marketplace would not take.
 * @param allowAgent whether images without one-context may pass, for a look at the submission
 * @throws MARKETPLACE_WRONG_KIND, MARKETPLACE_NEEDS_ONE_CONTEXT and what readArtefact throws
 */
export async function readUploads(
  { image, more = [], split }: Uploads,
  allowAgent: boolean,
): Promise<Artefacts> {
  const read = async (upload: Upload, option: string, wanted: Kind): Promise<Published> => {
    const artefact = await readArtefact(upload.path);
    refuse(artefact.manifest, option, wanted, allowAgent);
    return { ...artefact, url: upload.url };
  };
  // One after the other: each is hashed, and they may be large.
  const readAll = async (uploads: readonly Upload[], option: string, wanted: Kind): Promise<Published[]> => {
    const found: Published[] = [];
    for (const upload of uploads) found.push(await read(upload, option, wanted));
    return found;
  };
  return {
    image: await read(image, '--image', 'image'),
    more: await readAll(more, '--image', 'image'),
    split: split && {
      system: await read(split.system, '--system', 'system'),
      modelDisks: await readAll(split.modelDisks, '--model-disk', 'models'),
    },
  };
}

function refuse(manifest: Manifest, option: string, wanted: Kind, allowAgent: boolean): void {
  const { file } = manifest.image;
  const found = kindOf(manifest);
  if (found !== wanted) {
    const texts = { found: kinds[found], wanted: kinds[wanted] };
    throw failure('MARKETPLACE_WRONG_KIND', { file, option, ...texts });
  }
  if (needsOneContext(manifest) && !allowAgent) throw failure('MARKETPLACE_NEEDS_ONE_CONTEXT', { file });
}

/** Whether an image boots with our own agent alone, which the certification's context suite does not know. */
export function needsOneContext({ kind, contextualization }: Manifest): boolean {
  return kind === 'image' && contextualization !== 'one-context';
}

function kindOf({ kind, models }: Manifest): Kind {
  if (kind === 'models') return 'models';
  return models.length === 0 ? 'system' : 'image';
}
