import type { Manifest } from '../builder/manifest.ts';
import { failure } from '../errors/catalogue.ts';
import type { Published } from './artefact.ts';
import { describeImage, describeModelDisk, describeSystem, describeTemplate } from './descriptions.ts';
import { type Entries, type Identity, identityFor } from './entries.ts';
import { modelPresets } from './model-presets.ts';
import { entryVersion } from './version.ts';
import { type VmSize, vmTemplate } from './vm-template.ts';
import { quoted, yamlDocument } from './yaml-document.ts';

/** What entries have in common. */
export interface Publication {
  readonly entries: Entries;
  /** Counts the builds of one version of OnePilot, from 1. */
  readonly release: number;
  /** Where the marketplace's keepers write to. */
  readonly email?: string | undefined;
  /** Virtual CPUs of a VM with a profile. */
  readonly vcpus: (profile: string) => number;
}

/** A file of the catalogue: one app that people can import. */
export interface Entry {
  readonly identity: Identity;
  readonly text: string;
}

/** An image that boots and has its models in it. @throws MARKETPLACE_UNKNOWN_PROFILE, MARKETPLACE_NO_RELEASE */
export function imageEntry(image: Published, publication: Publication): Entry {
  const { manifest } = image;
  const identity = identityFor(publication.entries, 'images', manifest.profile);
  return render(identity, manifest, publication, {
    ...describeImage(manifest, sizeOf(manifest, publication)),
    tags: [...tags, 'llm'],
    os: debianOf(manifest),
    template: vmTemplate(sizeOf(manifest, publication)),
    image: fileOf(image, `${publication.entries.app}-${manifest.profile}`, 'OS'),
  });
}

/** The image without models. @throws MARKETPLACE_NO_RELEASE */
export function systemEntry(system: Published, publication: Publication): Entry {
  const { manifest } = system;
  return render(publication.entries.system, manifest, publication, {
    ...describeSystem(manifest, sizeOf(manifest, publication)),
    tags,
    os: debianOf(manifest),
    template: vmTemplate(sizeOf(manifest, publication)),
    image: fileOf(system, `${publication.entries.app}-system`, 'OS'),
  });
}

/** A disk of models. It has no VM template: alone it is nothing that boots. @throws MARKETPLACE_UNKNOWN_PROFILE */
export function modelDiskEntry(disk: Published, publication: Publication): Entry {
  const { manifest } = disk;
  const identity = identityFor(publication.entries, 'modelDisks', manifest.profile);
  return render(identity, manifest, publication, {
    ...describeModelDisk(manifest, publication.entries.system.name),
    tags: [...tags, 'disk', 'llm'],
    os: { 'os-id': 'none', 'os-arch': 'all' },
    image: fileOf(disk, `${publication.entries.app}-models-${manifest.profile}`, 'DATABLOCK'),
  });
}

/**
 * A VM of the system and a disk of models, each imported as the app that it is: a new system is imported without
 * fetching the models again.
 * @throws MARKETPLACE_UNKNOWN_PROFILE, MARKETPLACE_NO_RELEASE
 */
export function templateEntry(system: Published, disk: Published, publication: Publication): Entry {
  const { entries } = publication;
  const { profile, models } = disk.manifest;
  const identity = identityFor(entries, 'templates', profile);
  const names = [entries.system.name, identityFor(entries, 'modelDisks', profile).name];
  const size = sizeOf(disk.manifest, publication);
  const newer = Math.max(system.manifest.createdAt, disk.manifest.createdAt);
  return render(identity, { ...system.manifest, createdAt: newer }, publication, {
    ...describeTemplate(disk.manifest, size, names),
    tags: [...tags, 'llm'],
    os: debianOf(system.manifest),
    template: vmTemplate(size, modelPresets(models)),
    disks: names,
  });
}

const tags = ['ai', 'coding', 'debian', 'inference', 'openai-api'];

interface Parts {
  readonly short: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly os: Readonly<Record<string, unknown>>;
  readonly template?: ReturnType<typeof vmTemplate>;
  readonly image?: Readonly<Record<string, unknown>>;
  /** Names of the apps whose images are the VM's disks. */
  readonly disks?: readonly string[];
}

function render(identity: Identity, manifest: Manifest, publication: Publication, parts: Parts): Entry {
  const { entries, release, email } = publication;
  const context = manifest.packages.find(({ name }) => name === 'one-context');
  const data = {
    name: identity.name,
    version: entryVersion(manifest, release),
    // The release of one-apps that its one package in the image is from; nothing else of one-apps is in it.
    ...(context && { 'one-apps_version': context.version }),
    publisher: entries.publisher,
    ...(email !== undefined && { publisher_email: email }),
    description: parts.description.trim(),
    short_description: parts.short,
    tags: parts.tags.toSorted(),
    ...(parts.disks && { type: 'VMTEMPLATE' }),
    format: 'qcow2',
    creation_time: manifest.createdAt,
    ...parts.os,
    hypervisor: 'KVM',
    opennebula_version: quoted(entries.opennebula.join(', ')),
    ...(parts.template && { opennebula_template: parts.template }),
    logo: `${entries.app}.png`,
    ...(parts.disks && { disks: parts.disks }),
    ...(parts.image && { images: [parts.image] }),
  };
  return { identity, text: yamlDocument(data) };
}

function sizeOf({ profile, memory }: Manifest, { vcpus }: Publication): VmSize {
  return { vcpus: vcpus(profile), memory };
}

/** An image of the catalogue. `size` is the virtual one: OpenNebula asks the datastore for that much. */
function fileOf({ file, url }: Published, name: string, type: 'OS' | 'DATABLOCK') {
  return {
    name,
    url,
    type,
    dev_prefix: 'vd',
    driver: 'qcow2',
    size: file.virtualSize,
    checksum: { md5: file.md5, sha256: file.sha256 },
  };
}

/** Debian's release, from the package that names it in /etc/debian_version. */
function debianOf({ packages, image }: Manifest) {
  const version = packages.find(({ name }) => name === 'base-files')?.version;
  const release = /^\d+/.exec(version ?? '')?.[0];
  if (release === undefined) throw failure('MARKETPLACE_NO_RELEASE', { path: image.file });
  return { 'os-id': 'Debian', 'os-release': quoted(release), 'os-arch': 'x86_64' };
}
