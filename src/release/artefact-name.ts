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
