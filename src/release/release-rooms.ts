import { gibibyte } from '../builder/doctor.ts';
import type { BuildPreview } from '../builder/preview.ts';
import type { Room } from '../builder/room.ts';

/** What an audit writes of an image's system beside its models, in GiB. */
const auditedSystem = 2;

/**
 * Room that a release takes on top of what is there. The cache is used by one build after the other, and each looks
 * again at what it takes in truth: this finds the disk that is too small before hours have gone by.
 * @param missing builds that are still to be made
 * @param largest bytes of the largest artefact
 */
export function releaseRooms(
  missing: readonly Omit<BuildPreview, 'key'>[],
  largest: number,
  { cache, folder }: { readonly cache: string; readonly folder: string },
): Room[] {
  const results = missing.reduce((sum, { resultRoom }) => sum + resultRoom, 0);
  return [
    { path: cache, bytes: Math.max(0, ...missing.map(({ cacheRoom }) => cacheRoom)) },
    { path: folder, bytes: results + largest + auditedSystem * gibibyte },
  ];
}
