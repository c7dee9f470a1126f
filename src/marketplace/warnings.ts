import type { Manifest } from '../builder/manifest.ts';
import { needsOneContext } from './requested.ts';
import type { Artefacts } from './submission.ts';

/** What keeps a submission from being accepted, and was let pass: a sentence for each. */
export function warnings({ image, more = [], split }: Artefacts, email: string | undefined): string[] {
  const images = [image, ...more, split?.system]
    .filter((one) => one !== undefined)
    .map(({ manifest }) => manifest);
  return [
    ...(email === undefined ? ['No publisher_email: the marketplace wants one (--email ADDRESS).'] : []),
    ...images.flatMap(contextWarning),
  ];
}

function contextWarning(manifest: Manifest): string[] {
  const { file } = manifest.image;
  if (needsOneContext(manifest)) {
    return [
      `${file} is only to look at: without one-context in it, the context suite of the certification fails.`,
    ];
  }
  const version = manifest.packages.find(({ name }) => name === 'one-context')?.version;
  if (manifest.kind === 'models' || (version !== undefined && /^\d+\.\d+\.\d+-\d+$/.test(version))) return [];
  return [`${file} is only for tests: its one-context ${version ?? ''} is no release of OpenNebula's.`];
}
