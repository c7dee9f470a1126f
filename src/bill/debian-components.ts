import { Enums, Models } from '@cyclonedx/cyclonedx-library';
import type { DebianPackage, Manifest } from '../builder/manifest.ts';
import { licencesOfCopyrightFile } from './copyright-file.ts';
import type { DebianCopyright } from './debian-copyrights.ts';
import { debianReference } from './debian-licence-names.ts';
import { licenceStatement } from './licence-statement.ts';
import { packageUrl } from './purl.ts';

const debian = new Models.OrganizationalEntity({ name: 'Debian', url: new Set(['https://www.debian.org/']) });
const openNebula = new Models.OrganizationalEntity({
  name: 'OpenNebula',
  url: new Set(['https://opennebula.io/']),
});

/** OpenNebula's package for contextualization, the only one that is not from Debian's archive. */
const oneContext = 'one-context';

/** The licences of a package, from what Debian says or, for one-context, its makers (OpenNebula/one-apps: LICENSE). */
function licenceOf(name: string, copyright: DebianCopyright | undefined): string | undefined {
  if (name === oneContext) return 'Apache-2.0';
  if (copyright?.text === undefined) return undefined;
  // Free text is for people: the name leads to it.
  return licencesOfCopyrightFile(copyright.text) ?? debianReference(`copyright-of-${copyright.source}`);
}

function debianComponent(
  { name, version, architecture, sha256 }: DebianPackage,
  suite: string,
  copyright: DebianCopyright | undefined,
): Models.Component {
  const { source = name, sourceVersion = version } = copyright ?? {};
  const upstream = sourceVersion === version ? source : `${source}@${sourceVersion}`;
  const purl = packageUrl('deb', [name === oneContext ? 'opennebula' : 'debian', name], version, {
    arch: architecture,
    ...(name !== oneContext && { distro: suite }),
    // Advisories are about source packages.
    ...(upstream !== name && { upstream }),
  });
  return new Models.Component(Enums.ComponentType.Library, name, {
    version,
    purl,
    bomRef: purl,
    supplier: name === oneContext ? openNebula : debian,
    hashes: new Models.HashDictionary([[Enums.HashAlgorithm['SHA-256'], sha256]]),
    licenses: licenceStatement(licenceOf(name, copyright)),
    properties: new Models.PropertyRepository([
      new Models.Property('onepilot:debian:source', `${source} ${sourceVersion}`),
      ...(copyright?.text === undefined
        ? []
        : [new Models.Property('onepilot:copyright', `/usr/share/doc/${name}/copyright`)]),
    ]),
  });
}

/** Debian itself, by which scanners choose their list of advisories. */
function distribution({ suite, packages }: Manifest): Models.Component {
  // The number of the release is the first of base-files' version.
  const release = /^\d+/.exec(packages.find(({ name }) => name === 'base-files')?.version ?? '')?.[0];
  return new Models.Component(Enums.ComponentType.OperatingSystem, 'debian', {
    version: release ?? suite,
    bomRef: `debian-${suite}`,
    description: `Debian ${suite}`,
    supplier: debian,
  });
}

/** Debian and the packages of an image. */
export function debianComponents(
  manifest: Manifest,
  copyrights: readonly DebianCopyright[],
): Models.Component[] {
  const { packages, suite } = manifest;
  if (packages.length === 0) return [];
  const known = new Map(copyrights.map((copyright) => [copyright.package, copyright]));
  const components = packages.map((entry) => debianComponent(entry, suite, known.get(entry.name)));
  return [distribution(manifest), ...components];
}
