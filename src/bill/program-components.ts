import { Enums, Models } from '@cyclonedx/cyclonedx-library';
import { licenceStatement } from './licence-statement.ts';
import type { LicencedPart, LicencedProgram, LicenceInventory } from './licences/inventory.ts';
import { packageUrl } from './purl.ts';

function website(url: string | undefined): Models.ExternalReferenceRepository {
  return new Models.ExternalReferenceRepository(
    url === undefined ? [] : [new Models.ExternalReference(url, Enums.ExternalReferenceType.Website)],
  );
}

/** Code of others inside a program; the same name may be in several. */
function part(program: string, { name, version, licence, url }: LicencedPart): Models.Component {
  const [, owner = '', repository = ''] = /^https:\/\/github\.com\/([^/]+)\/([^/]+)$/.exec(url ?? '') ?? [];
  const path = owner === '' ? [name] : [owner, repository];
  const type = owner === '' ? 'generic' : 'github';
  return new Models.Component(Enums.ComponentType.Library, name, {
    ...(version !== undefined && { version, purl: packageUrl(type, path, version) }),
    bomRef: `${program}/${name}`,
    licenses: licenceStatement(licence),
    externalReferences: website(url),
  });
}

function parts({ name, parts: inside }: LicencedProgram): Models.ComponentRepository {
  return new Models.ComponentRepository(inside.map((entry) => part(name, entry)));
}

function dependOnParts(component: Models.Component): Models.Component {
  for (const { bomRef } of component.components) component.dependencies.add(bomRef);
  return component;
}

/** Reference of llama.cpp in the bill: its pedigree is added under it. */
export const engineReference = 'llama.cpp';

/** The hash of a program's executable. */
function executableHash(sha256: string | undefined): Models.HashDictionary {
  return new Models.HashDictionary(sha256 === undefined ? [] : [[Enums.HashAlgorithm['SHA-256'], sha256]]);
}

/**
 * llama.cpp with the code that it carries.
 * @param sourcePackage version of node-llama-cpp, which brings the source
 * @param sha256 of llama-server
 */
export function engineComponent(
  engine: LicenceInventory['engine'],
  version: string,
  sourcePackage: string | undefined,
  sha256: string | undefined,
): Models.Component {
  const references = website(engine.url);
  if (sourcePackage !== undefined) {
    const url = `https://registry.npmjs.org/node-llama-cpp/-/node-llama-cpp-${sourcePackage}.tgz`;
    const comment = 'Its source: llama/gitRelease.bundle';
    references.add(
      new Models.ExternalReference(url, Enums.ExternalReferenceType.SourceDistribution, { comment }),
    );
  }
  return dependOnParts(
    new Models.Component(Enums.ComponentType.Application, 'llama.cpp', {
      version,
      purl: packageUrl('github', ['ggml-org', 'llama.cpp'], version),
      bomRef: engineReference,
      licenses: licenceStatement(engine.licence),
      components: parts(engine),
      externalReferences: references,
      hashes: executableHash(sha256),
    }),
  );
}

/**
 * Node.js with the libraries inside.
 * @param sha256 of the executable
 */
export function nodeComponent(
  node: LicencedProgram,
  version: string,
  sha256: string | undefined,
): Models.Component {
  return dependOnParts(
    new Models.Component(Enums.ComponentType.Platform, 'node', {
      version,
      purl: packageUrl('generic', ['node'], version),
      cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
      bomRef: 'node',
      licenses: licenceStatement(node.licence),
      components: parts(node),
      externalReferences: website(node.url),
      hashes: executableHash(sha256),
    }),
  );
}
