import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import type { Secret } from '../context/secret.ts';
import type { ErrorCode } from '../errors/catalogue.ts';
import { type Paths, units } from '../machine/paths.ts';
import { type Fetched, type FetchingView, readFetching } from '../models/progress.ts';
import type { FetchJob } from '../models/selection/model.ts';
import { diskMount } from '../models/store/disks.ts';
import type { MachineIntent } from './machine-intent.ts';
import type { World } from './world.ts';

/** What the fetching unit is to do. */
export interface FetchRequest {
  readonly jobs: readonly FetchJob[];
  readonly mirror: string | undefined;
  readonly token: Secret | undefined;
}

/** Milliseconds after which what failed is tried again; a little less than the agent's hour. */
const retryAfter = 50 * 60_000;

/** Milliseconds after which a file that came and was of no use is fetched again: all of it would come again. */
const retryUselessAfter = 24 * 3_600_000;

const useless: ReadonlySet<string> = new Set<ErrorCode>([
  'MODEL_FETCH_HASH',
  'MODEL_FETCH_SIZE',
  'MODEL_UNUSABLE',
]);

/** What an intent wants fetched: nothing where its context is wrong. Pure. */
export function fetchRequest({
  parsed,
  models,
  errors,
}: Pick<MachineIntent, 'parsed' | 'models' | 'errors'>): FetchRequest {
  const { modelMirror: mirror, modelToken: token } = parsed.settings;
  return { jobs: errors.length > 0 ? [] : (models?.jobs ?? []), mirror, token };
}

/** What tells from where, and as whom, files are fetched. It names the token's hash, which leads nowhere. */
export function accessKey({ mirror, token }: Pick<FetchRequest, 'mirror' | 'token'>): string {
  return createHash('sha256')
    .update(JSON.stringify([mirror, token?.reveal()]))
    .digest('hex')
    .slice(0, 16);
}

/** What an earlier attempt says of `job`, if it came to nothing in a way that will not change soon. Pure. */
export function uselessBefore(
  job: FetchJob,
  request: FetchRequest,
  earlier: FetchingView,
  now: Date,
): Fetched | undefined {
  const file = earlier.fileOf(job);
  if (file?.progress.state !== 'failed' || earlier.fetching?.request !== accessKey(request)) return undefined;
  const isUseless = job.source.kind !== 'disk' && useless.has(file.progress.code);
  return isUseless && isRecent(file, now, retryUselessAfter) ? file : undefined;
}

/**
 * Starts the unit that fetches models where something is missing, and stops it where it works for nothing. What
 * failed is not tried again at every run of the agent, but at each boot and about every hour; a file that came and was of
 * no use, once a day. Never throws.
 */
export async function settleFetching(
  { paths, system, log, now }: Pick<World, 'paths' | 'system' | 'log' | 'now'>,
  request: FetchRequest,
  atBoot: boolean,
): Promise<void> {
  try {
    const earlier = await readFetching(paths.fetching);
    const statuses = await system.unitStatuses([units.fetchModels]);
    const isActive = ['active', 'activating'].includes(statuses.get(units.fetchModels)?.state ?? '');
    if (request.jobs.length === 0) {
      if (isActive) await system.stop(units.fetchModels);
      return;
    }
    const isWaiting = (job: FetchJob) => {
      if (uselessBefore(job, request, earlier, now())) return true;
      const file = earlier.fileOf(job);
      return !atBoot && file !== undefined && isRecent(file, now(), retryAfter);
    };
    const isSame = isAskedAlready(request, earlier) && !(await hasDiskCome(request.jobs, earlier, paths));
    if (isSame && (isActive || request.jobs.every(isWaiting))) return;
    log.note(`to be fetched: ${request.jobs.map(({ id }) => id).join(', ')}`);
    await system.restart(units.fetchModels, { wait: false });
  } catch (error) {
    await log.detail(`models may not be fetched: ${error instanceof Error ? error.message : error}`);
  }
}

/** Whether the unit was asked for all of that, and has no other file left to bring. Pure. */
function isAskedAlready(request: FetchRequest, earlier: FetchingView): boolean {
  const asked = request.jobs.map((job) => earlier.fileOf(job));
  const isOver = ({ progress: { state } }: Fetched) => state === 'done' || state === 'failed';
  return (
    earlier.fetching?.request === accessKey(request) &&
    !asked.includes(undefined) &&
    earlier.fetching.files.every((file) => isOver(file) || asked.includes(file))
  );
}

/** Whether a disk that was absent is attached by now. */
async function hasDiskCome(
  jobs: readonly FetchJob[],
  earlier: FetchingView,
  paths: Pick<Paths, 'disks'>,
): Promise<boolean> {
  for (const job of jobs) {
    const progress = earlier.fileOf(job)?.progress;
    if (job.source.kind !== 'disk' || progress?.state !== 'failed' || progress.code !== 'MODEL_DISK_ABSENT')
      continue;
    const content = await readdir(diskMount(job.source.label, paths)).catch(() => []);
    if (content.length > 0) return true;
  }
  return false;
}

function isRecent({ failedAt }: Fetched, now: Date, span: number): boolean {
  const age = now.getTime() - Date.parse(failedAt ?? '');
  return age >= 0 && age < span;
}
