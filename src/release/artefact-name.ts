import type { Manifest } from '../builder/manifest.ts';
import { entryVersion } from '../marketplace/version.ts';

/**
 * File name under which an artefact is uploaded: it carries the version that the marketplace shows, so that no two
 * uploads ever share a URL.
 * @param release counts the builds of one version, from 1
 */
export function artefactName(
  { kind, profile, version, createdAt }: Pick<Manifest, 'kind' | 'profile' | 'version' | 'createdAt'>,
  release: number,
): string {
  const what = kind === 'models' ? `models-${profile}` : profile;
  return `onepilot-${what}-${entryVersion({ version, createdAt }, release)}.qcow2`;
}

/** What an artefact's name says before its version, the same for every build of that kind and profile. */
export function artefactSeries(file: string): string | undefined {
  return /^(onepilot-[a-z0-9-]+?)-\d+\.\d+\.\d+.*-\d+-\d{8}\.qcow2(\.|$)/.exec(file)?.[1];
}
