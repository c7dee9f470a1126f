import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../errors/catalogue.ts';
import { StageCache } from './cache.ts';
import { stageKey } from './pipeline.ts';
import { cacheDirectory } from './places.ts';
import { engineStage } from './stages/engine.ts';

/**
 * The directory with llama-server and its libraries: `ONEPILOT_ENGINE`, else what the engine stage built from
 * this checkout's llama.cpp.
 * @throws BUILD_NO_ENGINE when it has not been built
 */
export async function engineDirectory(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const given = environment.ONEPILOT_ENGINE;
  if (given) {
    const found = await stat(join(given, 'llama-server')).catch(() => undefined);
    if (!found?.isFile()) throw failure('BUILD_NO_ENGINE', {});
    return given;
  }
  const options = { profile: '', suite: '', mirror: undefined, output: '' };
  const key = stageKey(engineStage, await engineStage.inputs(options), new Map());
  const cache = new StageCache(cacheDirectory());
  if ((await cache.inspect('engine', key, false)).state !== 'present') throw failure('BUILD_NO_ENGINE', {});
  return cache.output('engine', key);
}
