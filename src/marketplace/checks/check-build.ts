import * as z from 'zod';
import type { Finding } from './finding.ts';
import { mapping } from './mapping.ts';
import { entryImages, type Submission } from './submission.ts';

/** Variables of Packer that say which image the community build takes. */
const Release = z.looseObject({ image_url: z.string(), image_sha256: z.string() });

/**
 * The community build as a consumer (one-apps, packer/build.sh; Packer reads every `*.auto.pkrvars.json` of the folder):
 * what is certified must be what people import.
 */
export function checkBuild({ app, entries, files }: Submission): Finding[] {
  const file = `apps-code/community-apps/packer/${app}/release.auto.pkrvars.json`;
  const release = Release.safeParse(readJson(files.get(file)));
  if (!release.success)
    return [{ file, rule: 'build-image', problem: 'does not say image_url and image_sha256' }];
  const { image_url: url, image_sha256: sha256 } = release.data;
  const images = entries.flatMap(entryImages).filter(({ type }) => type === 'OS');
  if (images.some((image) => image.url === url && mapping(image.checksum).sha256 === sha256)) return [];
  return [{ file, rule: 'build-image', problem: `no entry has ${url} with the SHA-256 ${sha256}` }];
}

function readJson(content: Buffer | undefined): unknown {
  try {
    return JSON.parse(content?.toString() ?? '');
  } catch {
    return undefined;
  }
}
