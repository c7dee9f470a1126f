import { createHash } from 'node:crypto';
import type { Secret } from '../context/secret.ts';
import { units } from '../machine/paths.ts';
import { readFetching } from '../models/progress.ts';
import type { FetchJob } from '../models/selection/model.ts';
import { sourceKey } from '../models/store/places.ts';
import type { MachineIntent } from './machine-intent.ts';
import type { World } from './world.ts';

/** What the fetching unit is to do. */
export interface FetchRequest {
  readonly jobs: readonly FetchJob[];
  readonly mirror: string | undefined;
  readonly token: Secret | undefined;
}

/** Seconds after which what failed is tried again; a little less than the agent's hour. */
const retryAfter = 50 * 60;

/** What an intent wants fetched: nothing where its context is wrong. Pure. */
export function fetchRequest({
  parsed,
  models,
  errors,
}: Pick<MachineIntent, 'parsed' | 'models' | 'errors'>): FetchRequest {
  const { modelMirror: mirror, modelToken: token } = parsed.settings;
  return { jobs: errors.length > 0 ? [] : (models?.jobs ?? []), mirror, token };
}

/** What tells one request from another. It names the token's hash, which leads nowhere. */
export function requestKey({ jobs, mirror, token }: FetchRequest): string {
  const parts = [jobs.map(({ source }) => [sourceKey(source), source.sha256]), mirror, token?.reveal()];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/**
 * Starts the unit that fetches models where something is missing, and stops it where it works for nothing. What
 * failed is not tried again at every run of the agent, but at each boot and about every hour. Never throws.
 */
export async function settleFetching(
  { paths, system, log, now }: Pick<World, 'paths' | 'system' | 'log' | 'now'>,
  request: FetchRequest,
  atBoot: boolean,
): Promise<void> {
  try {
    const { fetching } = await readFetching(paths.fetching);
    const statuses = await system.unitStatuses([units.fetchModels]);
    const isActive = ['active', 'activating'].includes(statuses.get(units.fetchModels)?.state ?? '');
    if (request.jobs.length === 0) {
      if (isActive) await system.stop(units.fetchModels);
      return;
    }
    const isSame = fetching?.request === requestKey(request);
    if (isActive && isSame) return;
    const age = (now().getTime() - Date.parse(fetching?.endedAt ?? '')) / 1000;
    if (isSame && !atBoot && age >= 0 && age < retryAfter) return;
    log.note(`to be fetched: ${request.jobs.map(({ id }) => id).join(', ')}`);
    await system.restart(units.fetchModels, { wait: false });
  } catch (error) {
    await log.detail(`models may not be fetched: ${error instanceof Error ? error.message : error}`);
  }
}
