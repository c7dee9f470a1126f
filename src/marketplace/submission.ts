import { renderApplianceScript } from './appliance-script.ts';
import type { Published } from './artefact.ts';
import { renderContextSuite, renderMetadata, renderTestList } from './certification.ts';
import { renderChangelog } from './changelog.ts';
import {
  type Entry,
  imageEntry,
  modelDiskEntry,
  type Publication,
  systemEntry,
  templateEntry,
} from './entry.ts';
import { drawLogo } from './logo/draw-logo.ts';
import { renderPullRequest } from './pull-request.ts';
import { renderReadme } from './readme.ts';
import { entryVersion } from './version.ts';

/** A file of a submission. */
export interface SubmittedFile {
  readonly content: string | Uint8Array;
  readonly executable?: boolean;
}

/** Files by path, relative to the top of the marketplace's repository. */
export type Submission = ReadonlyMap<string, SubmittedFile>;

/** What is published. */
export interface Artefacts {
  /** An image with its models in it: the one that is certified. */
  readonly image: Published;
  /** Images with other models in them. */
  readonly more?: readonly Published[] | undefined;
  /** The image without models, and disks of them. */
  readonly split?: { readonly system: Published; readonly modelDisks: readonly Published[] } | undefined;
}

/** Files of the checkout that go into a submission. */
export interface Sources {
  /** The repository's CHANGELOG.md. */
  readonly changelog: string;
  /** appliance/marketplace/appliance.sh, to be filled in. */
  readonly applianceScript: string;
  /** appliance/marketplace/tests/ and packer/, by name. */
  readonly tests: ReadonlyMap<string, SubmittedFile>;
  readonly packer: ReadonlyMap<string, SubmittedFile>;
}

/** File that the pull request's body is in. It is not part of the marketplace's repository. */
export const pullRequestFile = 'PULL_REQUEST.md';

/** The folders in which a submission owns every file. */
export function ownFolders(app: string): readonly string[] {
  return [`appliances/${app}`, `apps-code/community-apps/packer/${app}`];
}

/**
 * Everything that goes to the marketplace, from what was built. Pure: the same artefacts give the same files.
 * @throws MARKETPLACE_UNKNOWN_PROFILE, MARKETPLACE_NO_RELEASE
 */
export function renderSubmission(
  { image, more = [], split }: Artefacts,
  publication: Publication,
  sources: Sources,
): Submission {
  const { entries: table, release, vcpus } = publication;
  const { app } = table;
  const { manifest } = image;
  const size = { vcpus: vcpus(manifest.profile), memory: manifest.memory };
  const entries: Entry[] = [image, ...more].map((one) => imageEntry(one, publication));
  if (split) {
    const { system, modelDisks } = split;
    entries.push(
      systemEntry(system, publication),
      ...modelDisks.flatMap((disk) => [
        modelDiskEntry(disk, publication),
        templateEntry(system, disk, publication),
      ]),
    );
  }
  const [appliance, packer] = [`appliances/${app}`, `apps-code/community-apps/packer/${app}`];
  const fetched = {
    image_url: image.url,
    image_sha256: image.file.sha256,
  };
  const readme = renderReadme({
    app,
    image,
    size,
    release,
    entries,
    opennebula: table.opennebula,
    system: split && table.system.name,
  });
  const version = entryVersion(manifest, release);
  return new Map<string, SubmittedFile>([
    ...entries.map(
      ({ identity, text }) => [`${appliance}/${identity.uuid}.yaml`, { content: text }] as const,
    ),
    [`${appliance}/metadata.yaml`, { content: renderMetadata(table, size) }],
    [`${appliance}/context.yaml`, { content: renderContextSuite(table) }],
    [`${appliance}/tests.yaml`, { content: renderTestList([...sources.tests.keys()]) }],
    ...within(`${appliance}/tests`, sources.tests),
    [
      `${appliance}/appliance.sh`,
      { content: renderApplianceScript(sources.applianceScript, manifest), executable: true },
    ],
    [`${appliance}/README.md`, { content: readme }],
    [`${appliance}/CHANGELOG.md`, { content: renderChangelog(sources.changelog, manifest, release) }],
    [`logos/${app}.png`, { content: drawLogo() }],
    ...within(packer, sources.packer),
    [`${packer}/release.auto.pkrvars.json`, { content: `${JSON.stringify(fetched, undefined, 2)}\n` }],
    [pullRequestFile, { content: renderPullRequest(app, entries, version) }],
  ]);
}

function within(
  folder: string,
  files: ReadonlyMap<string, SubmittedFile>,
): (readonly [string, SubmittedFile])[] {
  return [...files].map(([name, file]) => [`${folder}/${name}`, file] as const);
}
