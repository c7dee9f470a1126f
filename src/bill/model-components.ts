import { Enums, Models } from '@cyclonedx/cyclonedx-library';
import type { BakedModel } from '../models/image-facts.ts';
import { parseSource } from '../models/source.ts';
import { licenceStatement } from './licence-statement.ts';
import type { LicencedPart } from './licences/inventory.ts';
import { packageUrl } from './purl.ts';

/** Package URL of a model on the hub (purl-spec, type huggingface). */
function hubUrl(source: string | undefined): { purl?: string; version?: string } {
  const parsed = source === undefined ? undefined : parseSource(source);
  if (parsed === undefined || 'fault' in parsed || parsed.kind !== 'hub') return {};
  const { owner, repository, revision } = parsed;
  return { purl: packageUrl('huggingface', [owner, repository], revision), version: revision };
}

/** The models in an image, or on a disk of models. */
export function modelComponents(
  models: readonly BakedModel[],
  parts: readonly LicencedPart[],
): Models.Component[] {
  const known = new Map(parts.map((part) => [part.name, part]));
  return models.map(({ id, file, sha256, roles, facts, licence, source }) => {
    const { url, licenceUrl, licence: stated = licence } = known.get(id) ?? {};
    return new Models.Component(Enums.ComponentType.MachineLearningModel, id, {
      ...hubUrl(source),
      bomRef: `model:${id}`,
      hashes: new Models.HashDictionary([[Enums.HashAlgorithm['SHA-256'], sha256]]),
      licenses: licenceStatement(stated, licenceUrl),
      externalReferences: new Models.ExternalReferenceRepository(
        url === undefined
          ? []
          : [new Models.ExternalReference(url, Enums.ExternalReferenceType.Distribution)],
      ),
      properties: new Models.PropertyRepository([
        new Models.Property('onepilot:file', file),
        new Models.Property('onepilot:model:architecture', facts.architecture),
        new Models.Property('onepilot:model:roles', roles.join(' ')),
        ...(source === undefined ? [] : [new Models.Property('onepilot:model:source', source)]),
      ]),
    });
  });
}
