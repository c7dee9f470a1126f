import { Enums, Models } from '@cyclonedx/cyclonedx-library';
import type { BundledPackage } from '../builder/bundled-packages.ts';
import { licenceStatement } from './licence-statement.ts';
import type { LicencedPart } from './licences/inventory.ts';
import { packageUrl } from './purl.ts';

const algorithms: Readonly<Record<string, Enums.HashAlgorithm>> = {
  sha1: Enums.HashAlgorithm['SHA-1'],
  sha256: Enums.HashAlgorithm['SHA-256'],
  sha384: Enums.HashAlgorithm['SHA-384'],
  sha512: Enums.HashAlgorithm['SHA-512'],
};

/** Hashes of the package file: `sha512-BASE64` (W3C Subresource Integrity), several divided by spaces. */
function hashes(integrity: string): Models.HashDictionary {
  const found = integrity.split(/\s+/).flatMap((hash): Models.Hash[] => {
    const [, name = '', base64 = ''] = /^([a-z0-9]+)-([A-Za-z0-9+/]+=*)/.exec(hash) ?? [];
    const algorithm = algorithms[name];
    return algorithm === undefined ? [] : [[algorithm, Buffer.from(base64, 'base64').toString('hex')]];
  });
  return new Models.HashDictionary(found);
}

/** The npm packages whose code is in the bundles, each version once. */
export function npmComponents(
  packages: readonly BundledPackage[],
  parts: readonly LicencedPart[],
): Models.Component[] {
  const licences = new Map(parts.map((part) => [`${part.name}@${part.version}`, part.licence]));
  const unique = new Map(packages.map((entry) => [`${entry.name}@${entry.version}`, entry]));
  return [...unique].map(([key, { name, version, integrity }]) => {
    const [scope, own = ''] = name.startsWith('@') ? name.split('/') : [undefined, name];
    const purl = packageUrl('npm', scope === undefined ? [own] : [scope, own], version);
    return new Models.Component(Enums.ComponentType.Library, own, {
      ...(scope !== undefined && { group: scope }),
      version,
      purl,
      bomRef: purl,
      hashes: hashes(integrity),
      licenses: licenceStatement(licences.get(key)),
    });
  });
}
