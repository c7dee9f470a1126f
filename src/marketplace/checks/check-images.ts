import type { Artefact } from '../artefact.ts';
import type { Entries } from '../entries.ts';
import type { Finding, Rule } from './finding.ts';
import { servedTemplate } from './import-driver.ts';
import { mapping } from './mapping.ts';
import { type Entry, entryImages, entryType, type Submission } from './submission.ts';

/**
 * The core as a consumer: what it fetches must be what the entry promises, and a VM of it must have the memory that
 * the image was built for. @param artefacts the images and disks of models that are published
 */
export function checkImages(
  { entries }: Submission,
  identities: Entries,
  artefacts: readonly Artefact[],
): Finding[] {
  if (artefacts.length === 0) return [];
  const entryOf = (uuid: string | undefined) => entries.find(({ file }) => file.endsWith(`/${uuid}.yaml`));
  const pairs = artefacts.map((artefact) => [artefact, entryOf(imageUuid(artefact, identities))] as const);
  const described = new Set(pairs.map(([, entry]) => entry));
  return [
    ...pairs.flatMap(([artefact, entry]) => (entry ? compare(entry, artefact) : [withoutEntry(artefact)])),
    ...entries
      .filter((entry) => entryType(entry) === 'IMAGE' && !described.has(entry))
      .map(({ file }) => finding(file, 'image-unmatched', 'none of the images given is of this entry')),
    ...artefacts.flatMap((artefact) => {
      const template = entryOf(templateUuid(artefact, identities));
      return template ? memory(template, artefact) : [];
    }),
  ];
}

function finding(file: string, rule: Rule, problem: string): Finding {
  return { file, rule, problem };
}

function imageUuid({ manifest: { kind, profile } }: Artefact, { images, system, modelDisks }: Entries) {
  if (kind === 'models') return modelDisks[profile]?.uuid;
  return profile === 'bare' ? system.uuid : images[profile]?.uuid;
}

/** The VM template whose models are on this disk. */
function templateUuid({ manifest: { kind, profile } }: Artefact, { templates }: Entries) {
  return kind === 'models' ? templates[profile]?.uuid : undefined;
}

function withoutEntry({ manifest: { profile }, file: { file } }: Artefact): Finding {
  return finding('appliances', 'image-unmatched', `${file} of profile ${profile} has no entry`);
}

function compare(entry: Entry, artefact: Artefact): Finding[] {
  const { manifest, file } = artefact;
  const image = mapping(entryImages(entry)[0]);
  const checksum = mapping(image.checksum);
  const stale = (['md5', 'sha256'] as const).filter((name) => checksum[name] !== file[name]);
  return [
    ...stale.map((name) =>
      finding(
        entry.file,
        'image-checksum',
        `${name} is ${String(checksum[name])}, of ${file.file} ${file[name]}`,
      ),
    ),
    ...(image.size === file.virtualSize
      ? []
      : [finding(entry.file, 'image-size', `size is ${String(image.size)}, the disk's ${file.virtualSize}`)]),
    ...(entry.data.creation_time === manifest.createdAt
      ? []
      : [
          finding(
            entry.file,
            'image-time',
            `creation_time is ${String(entry.data.creation_time)}, the manifest's ${manifest.createdAt}`,
          ),
        ]),
    ...limit(entry, artefact),
    ...(manifest.kind === 'image' ? memory(entry, artefact) : []),
  ];
}

/** Bytes that a file of a release must stay below (docs.github.com, «About releases», storage quotas). */
const githubLimit = 2 * 1024 ** 3;

function limit(entry: Entry, { file: { file, size } }: Artefact): Finding[] {
  const url = URL.parse(String(mapping(entryImages(entry)[0]).url));
  const release = url?.hostname === 'github.com' && url.pathname.includes('/releases/download/');
  if (!release || size < githubLimit) return [];
  return [finding(entry.file, 'url-limit', `${file} has ${size} bytes`)];
}

function memory({ file, data }: Entry, { manifest }: Artefact): Finding[] {
  const { MEMORY: given } = servedTemplate(data);
  if (data.opennebula_template === undefined || String(given) === String(manifest.memory)) return [];
  const problem = `MEMORY is ${String(given)} MiB, profile ${manifest.profile} needs ${manifest.memory}`;
  return [finding(file, 'image-memory', problem)];
}
