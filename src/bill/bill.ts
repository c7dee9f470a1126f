import { Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import type { Manifest } from '../builder/manifest.ts';
import { debianComponents } from './debian-components.ts';
import type { DebianCopyright } from './debian-copyrights.ts';
import { licenceStatement } from './licence-statement.ts';
import type { LicencedPart, LicenceInventory } from './licences/inventory.ts';
import { modelComponents } from './model-components.ts';
import { npmComponents } from './npm-components.ts';
import { engineComponent, engineReference, nodeComponent } from './program-components.ts';

/** What a bill needs beside the manifest: licences, and where things come from. */
export interface BillSources {
  /** Of each Debian package. */
  readonly copyrights: readonly DebianCopyright[];
  /** Absent for a disk of models, which has no program. */
  readonly programs?: Pick<LicenceInventory, 'engine' | 'node' | 'npm'> | undefined;
  readonly models: readonly LicencedPart[];
  /** Our patches to llama.cpp by file name. */
  readonly patches: ReadonlyMap<string, string>;
}

/** Where programs lie in an image. */
const executables = { engine: 'usr/lib/onepilot/engine/llama-server', node: 'usr/lib/onepilot/node' };

/** A UUID of an image's hash (RFC 9562, version 8): the same image has the same bill. */
function serialNumber(sha256: string): string {
  const groups = [sha256.slice(0, 8), sha256.slice(8, 12), `8${sha256.slice(13, 16)}`];
  return `urn:uuid:${[...groups, `8${sha256.slice(17, 20)}`, sha256.slice(20, 32)].join('-')}`;
}

/** OnePilot, as it is in the image. */
function product({ kind, version, profile, image, contextualization }: Manifest): Models.Component {
  const isImage = kind === 'image';
  return new Models.Component(
    isImage ? Enums.ComponentType.Application : Enums.ComponentType.Data,
    isImage ? 'OnePilot' : 'OnePilot models',
    {
      version,
      bomRef: 'onepilot',
      description: isImage ? `Image of a VM, profile ${profile}` : `Disk of models, profile ${profile}`,
      licenses: isImage ? licenceStatement('Apache-2.0') : new Models.LicenseRepository(),
      hashes: new Models.HashDictionary([
        [Enums.HashAlgorithm['SHA-256'], image.sha256],
        [Enums.HashAlgorithm.MD5, image.md5],
      ]),
      // No file name: it is another once the image is published. The hashes say which file it is.
      properties: new Models.PropertyRepository(
        isImage ? [new Models.Property('onepilot:contextualization', contextualization)] : [],
      ),
    },
  );
}

function programComponents(
  { versions, npmPackages, files }: Manifest,
  { engine, node, npm }: Pick<LicenceInventory, 'engine' | 'node' | 'npm'>,
): Models.Component[] {
  const { 'llama.cpp': release = engine.version ?? '', 'node-llama-cpp': source } = versions;
  const hash = (executable: string) => files.find(({ path }) => path === executable)?.sha256;
  return [
    engineComponent(engine, release, source, hash(executables.engine)),
    nodeComponent(node, versions.node ?? node.version ?? '', hash(executables.node)),
    ...npmComponents(npmPackages, npm),
  ];
}

/** What distinguishes our engine from the release (CycloneDX 1.6, `pedigree`, which the library does not know). */
function pedigree({ enginePatches }: Manifest, { patches, programs }: BillSources) {
  const { commit, url } = programs?.engine ?? {};
  return {
    ...(commit !== undefined && { commits: [{ uid: commit, url: `${url}/commit/${commit}` }] }),
    patches: enginePatches.map(({ file, about }) => ({
      type: 'unofficial',
      diff: { text: { contentType: 'text/x-diff', content: patches.get(file) ?? '' }, url: file },
      resolves: [{ type: 'enhancement', name: about }],
    })),
  };
}

/**
 * The bill of materials of an image or a disk of models: CycloneDX 1.6 in JSON. The same arguments give the same bytes.
 */
export function billOfMaterials(manifest: Manifest, sources: BillSources): string {
  const root = product(manifest);
  const components = [
    ...debianComponents(manifest, sources.copyrights),
    ...(sources.programs === undefined ? [] : programComponents(manifest, sources.programs)),
    ...modelComponents(manifest.models, sources.models),
  ];
  for (const { bomRef } of components) root.dependencies.add(bomRef);
  const builder = new Models.Component(Enums.ComponentType.Application, 'OnePilot: npm run image', {
    version: manifest.version,
  });
  const bom = new Models.Bom({
    serialNumber: serialNumber(manifest.image.sha256),
    metadata: new Models.Metadata({
      timestamp: new Date(manifest.createdAt * 1000),
      component: root,
      lifecycles: new Models.LifecycleRepository([Enums.LifecyclePhase.Build]),
      tools: new Models.Tools({ components: new Models.ComponentRepository([builder]) }),
    }),
    components: new Models.ComponentRepository(components),
  });
  const factory = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  // The serializer gives references that are missing; here none is.
  const plain = factory.makeForBom().normalize(bom, { sortLists: true });
  const described = {
    ...plain,
    components: plain.components?.map((component) =>
      component['bom-ref'] === engineReference
        ? { ...component, pedigree: pedigree(manifest, sources) }
        : component,
    ),
  };
  return `${JSON.stringify(described, undefined, 1)}\n`;
}
