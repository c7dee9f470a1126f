import { stagesFor } from './build-image.ts';
import { StageCache } from './cache.ts';
import { type PlannedStage, stageKey } from './pipeline.ts';
import { cacheDirectory } from './places.ts';
import { profileOf } from './profiles.ts';
import { resultRoom, roomFor } from './room.ts';
import type { BuildOptions, StageName } from './stage.ts';

/** What a build would come to. */
export interface BuildPreview {
  /** Of the last stage: the same for as long as nothing changes that reaches the result. */
  readonly key: string;
  /** Bytes that it may still take in the cache. */
  readonly cacheRoom: number;
  /** Bytes that the result may take. */
  readonly resultRoom: number;
}

/** Looks at a build without running it, or reading what is in the cache: whether that is whole, the build will see. */
export async function previewBuild(
  options: BuildOptions,
  only?: StageName,
  cache: StageCache = new StageCache(cacheDirectory()),
): Promise<BuildPreview> {
  const keys = new Map<StageName, string>();
  const absent = new Set<StageName>();
  const plan: Pick<PlannedStage, 'stage' | 'reason'>[] = [];
  let key = '';
  for (const stage of stagesFor(only)) {
    key = stageKey(stage, await stage.inputs(options), keys);
    keys.set(stage.name, key);
    const found = await cache.inspect(stage.name, key, false);
    if (found.state !== 'present' || stage.needs.some((name) => absent.has(name))) absent.add(stage.name);
    plan.push({ stage, reason: absent.has(stage.name) ? 'absent' : undefined });
  }
  const profile = await profileOf(options);
  return { key, cacheRoom: await roomFor(plan, profile), resultRoom: resultRoom(profile) };
}
