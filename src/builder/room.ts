import { stat } from 'node:fs/promises';
import { gibibyte, requireSpace } from './doctor.ts';
import type { PlannedStage } from './pipeline.ts';
import type { Profile } from './profiles.ts';

/** GiB that a finished image or disk may take beside its models: the compressed system and the files that go with it. */
const besideModels = 0.75;

/** Bytes that the stages which will run may take in the cache, with models of the profile. */
export async function roomFor(
  plan: readonly Pick<PlannedStage, 'stage' | 'reason'>[],
  profile: Pick<Profile, 'size' | 'missing'>,
): Promise<number> {
  const running = plan.filter(({ reason }) => reason !== undefined).map(({ stage }) => stage);
  const fetches = running.some(({ name }) => name === 'model');
  const room = running.reduce((sum, { room }) => sum + room, 0) * gibibyte;
  const copies = running.reduce((sum, { modelCopies = 0 }) => sum + modelCopies, 0);
  return room + copies * profile.size + (fetches ? await profile.missing() : 0);
}

/** Bytes that a finished image or disk of models may take. */
export function resultRoom({ size }: Pick<Profile, 'size'>): number {
  return size + besideModels * gibibyte;
}

/** Room that is wanted in a directory. */
export interface Room {
  readonly path: string;
  readonly bytes: number;
}

/**
 * Makes sure that there is all the room that is wanted: what lies on one file system is added up.
 * @throws BUILD_NO_SPACE naming the first directory of a file system that has too little
 */
export async function requireRooms(rooms: readonly Room[]): Promise<void> {
  const placed = await Promise.all(rooms.map(async (room) => ({ ...room, on: (await stat(room.path)).dev })));
  for (const [, [first, ...more]] of Map.groupBy(placed, ({ on }) => on)) {
    if (first === undefined) continue;
    await requireSpace(
      first.path,
      more.reduce((sum, { bytes }) => sum + bytes, first.bytes),
    );
  }
}
