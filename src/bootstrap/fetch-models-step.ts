import { parseSettings } from '../context/parse.ts';
import { readContext } from '../context/read.ts';
import type { Secret } from '../context/secret.ts';
import { observeHardware } from '../machine/hardware.ts';
import type { Paths } from '../machine/paths.ts';
import type { System } from '../machine/system.ts';
import { fetchModel } from '../models/download/fetch-model.ts';
import type { FetchOptions, Inspect } from '../models/download/fetch-request.ts';
import { inspectDiskModel } from '../models/download/inspect-disk-model.ts';
import { keptFree } from '../models/download/space.ts';
import { inspectAdapter, inspectModel } from '../models/inspect.ts';
import { type FetchingView, readFetching, waitingJob } from '../models/progress.ts';
import type { FetchJob } from '../models/selection/model.ts';
import type { ModelSource, RemoteSource } from '../models/source.ts';
import { attachDisks, diskMount } from '../models/store/disks.ts';
import { partialsOf, removePartials } from '../models/store/partials.ts';
import { readGatewayGroup, readImageFacts } from './current.ts';
import { FetchTeller, type FetchTelling } from './fetch-teller.ts';
import { accessKey, type FetchRequest, fetchRequest, uselessBefore } from './fetching.ts';
import { setMarkFile } from './files.ts';
import { decideModels } from './model-intent.ts';
import { asOnePilotError } from './outcome.ts';

/**
 * Brings every file of weights here that the context names and that is missing, one after the other, and has the
 * agent look again as each arrives. What cannot be had is told in `models.json`; the others are fetched all the same.
 * @returns what failed, an id and a reason each
 */
export async function fetchModelsStep(
  paths: Paths,
  system: System,
  telling: FetchTelling,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { now } = telling;
  const request = await readRequest(paths, system, now());
  const earlier = await readFetching(paths.fetching);
  const files = request.jobs.map((job) => uselessBefore(job, request, earlier, now()) ?? waitingJob(job));
  const readable = { path: paths.fetching, gid: await readGatewayGroup(paths.groups) };
  const teller = new FetchTeller(readable, { request: accessKey(request), files }, telling);
  const failed: string[] = [];
  /** @returns why it cannot be had, if so */
  const bring = async (index: number, job: FetchJob): Promise<string | undefined> => {
    try {
      await fetchJob(job, request, paths, { signal, onProgress: (progress) => teller.tell(index, progress) });
    } catch (error) {
      signal.throwIfAborted();
      const { code, message: what, fix } = asOnePilotError(error);
      teller.tell(index, { state: 'failed', code, what, fix });
      return what;
    }
    await teller.settled();
    // It need not wait for the others.
    await setMarkFile(paths.lookAgain);
    return undefined;
  };
  try {
    await teller.publish();
    // Without anything to do, nobody knows what is not wanted any more: the context may be wrong for a while.
    if (request.jobs.length > 0) await removeOwnPartials(paths.models, request.jobs, earlier);
    for (const [index, job] of request.jobs.entries()) {
      signal.throwIfAborted();
      const before = files[index]?.progress;
      const what = before?.state === 'failed' ? before.what : await bring(index, job);
      if (what !== undefined) failed.push(`${job.id}: ${what}`);
    }
  } finally {
    await teller.ended();
  }
  await setMarkFile(paths.lookAgain);
  return failed;
}

/**
 * Deletes what has arrived of files that this unit was asked for before and is not any more. What `onepilot models
 * pull` has left is that command's.
 */
async function removeOwnPartials(
  store: string,
  jobs: readonly FetchJob[],
  earlier: FetchingView,
): Promise<void> {
  const partials = await partialsOf(store);
  const others = partials.filter((partial) => !earlier.hasSource(partial.source));
  await removePartials(store, [...jobs, ...others].flatMap(remoteSource));
}

async function readRequest(paths: Paths, system: System, now: Date): Promise<FetchRequest> {
  const context = await readContext(paths, system, 0);
  const parsed = parseSettings(context.complete ? context.values : new Map());
  await attachDisks(parsed.settings, paths, system);
  const models = await decideModels(
    paths,
    parsed,
    await readImageFacts(paths.imageFacts),
    await observeHardware(),
    now,
  );
  const errors = [...parsed.errors, ...models.errors];
  return fetchRequest({ parsed, models, errors });
}

function remoteSource({ source }: { readonly source: ModelSource }): RemoteSource[] {
  return source.kind === 'disk' ? [] : [source];
}

async function fetchJob(
  { source, id, holds, size }: FetchJob,
  { mirror, token }: { readonly mirror: string | undefined; readonly token: Secret | undefined },
  paths: Paths,
  options: FetchOptions,
): Promise<void> {
  const inspect: Inspect = holds === 'model' ? inspectModel : inspectAdapter;
  const store = paths.models;
  if (source.kind === 'disk') {
    await inspectDiskModel({ source, id, root: diskMount(source.label, paths), store, inspect }, options);
  } else {
    await fetchModel(
      { source, id, store, mirror, token, inspect, expectedSize: size, reserve: keptFree },
      options,
    );
  }
}
