import { catalogueEntry } from '../../models/catalogue/find.ts';
import type { Catalogue } from '../../models/catalogue/schema.ts';
import type { BakedModel } from '../../models/image-facts.ts';
import { parseSource } from '../../models/source.ts';
import type { LicencedPart } from './inventory.ts';

/** OnePilot's own licence; its text lies above the folder of licences. */
const ownLicence = { licence: 'Apache-2.0', texts: ['../LICENSE'] };

/** The page or file that a model's source names; undefined where it is no address. */
function sourceUrl(source: string): string | undefined {
  if (source.startsWith('https:')) return source;
  const parsed = parseSource(source);
  if ('fault' in parsed || parsed.kind !== 'hub') return undefined;
  const { owner, repository, file, revision } = parsed;
  return `https://huggingface.co/${owner}/${repository}/blob/${revision}/${encodeURI(file)}`;
}

/** The licences of models: as the manifest has them, with the address that the catalogue knows. */
export function modelLicences(models: readonly BakedModel[], catalogue: Catalogue): LicencedPart[] {
  return models.map(({ id, licence, source }) => {
    // Without a source it was made by the build itself, from code of this repository.
    if (source === undefined) return { name: id, ...ownLicence };
    const url = sourceUrl(source);
    const licenceUrl = catalogueEntry(catalogue, id)?.model.licence.url;
    return {
      name: id,
      ...(licence !== undefined && { licence }),
      ...(url !== undefined && { url }),
      ...(licenceUrl !== undefined && { licenceUrl }),
      texts: licence === ownLicence.licence ? ownLicence.texts : [],
    };
  });
}
