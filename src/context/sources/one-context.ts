import type { System } from '../../machine/system.ts';
import { given } from '../parse.ts';
import { type DiskPlaces, readDiskToken } from './disk.ts';
import { readContextFile } from './files.ts';
import type { Found } from './source.ts';

/**
 * The copy of `context.sh` that one-context keeps of its last stage. It is empty where one-context found no
 * context itself: then there is nothing.
 * @param disk The context disk: one-context does not copy OneGate's token.
 */
export async function readOneContext(
  path: string,
  disk: DiskPlaces,
  system: System,
): Promise<Found | undefined> {
  const context = await readContextFile(path);
  if (context === undefined || (context.values.size === 0 && context.problems.length === 0)) return undefined;
  // Only with TOKEN=YES is there an endpoint, and a token on the disk.
  const wanted = given(context.values, 'ONEGATE_ENDPOINT') && !given(context.values, 'ONEGATE_TOKEN');
  return { ...context, token: wanted ? await readDiskToken(disk, system) : undefined };
}
