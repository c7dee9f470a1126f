import { parseSettings } from '../context/parse.ts';
import { readContext } from '../context/read.ts';
import type { Secret } from '../context/secret.ts';
import { observeHardware } from '../machine/hardware.ts';
import type { Paths } from '../machine/paths.ts';
import type { System } from '../machine/system.ts';
import { fetchModel } from '../models/download/fetch-model.ts';
import type { FetchOptions, Inspect } from '../models/download/fetch-request.ts';
import { inspectDiskModel } from '../models/download/inspect-disk-model.ts';
import { inspectAdapter, inspectModel } from '../models/inspect.ts';
import { type Fetching, waitingJob } from '../models/progress.ts';
import type { FetchProgress } from '../models/record.ts';
import type { FetchJob } from '../models/selection/model.ts';
import type { RemoteSource } from '../models/source.ts';
import { attachDisks, diskMount } from '../models/store/disks.ts';
import { removePartials } from '../models/store/partials.ts';
import { readImageFacts } from './current.ts';
import { type FetchRequest, fetchRequest, requestKey } from './fetching.ts';
import { setMarkFile, writeIfDifferent } from './files.ts';
import { decideModels } from './model-intent.ts';
import { asOnePilotError } from './outcome.ts';

/** What the step tells of itself. */
export interface FetchTelling {
  /** A line on the consoles and in the journal. */
  readonly progress: (line: string) => Promise<void>;
  readonly now: () => Date;
}

/** Bytes of the disk that stay free for logs, updates and the rest of the system. */
const reserve = 2 ** 30;

/**
 * Brings every file of weights here that the context names and that is missing, one after the other, and has the
 * agent look again when it is done. What cannot be had is told in `models.json`; the others are fetched all the same.
 * @returns what failed, an id and a reason each
 */
export async function fetchModelsStep(
  paths: Paths,
  system: System,
  telling: FetchTelling,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const request = await readRequest(paths, system, telling.now());
  const teller = new FetchTeller(paths, request, telling);
  await teller.publish();
  const failed: string[] = [];
  // Without anything to do, nobody knows what is not wanted any more: the context may be wrong for a while.
  if (request.jobs.length > 0) await removePartials(paths.models, request.jobs.flatMap(remoteSource));
  for (const [index, job] of request.jobs.entries()) {
    signal.throwIfAborted();
    try {
      await fetchJob(job, request, paths, { signal, onProgress: (progress) => teller.tell(index, progress) });
    } catch (error) {
      signal.throwIfAborted();
      const { code, message: what, fix } = asOnePilotError(error);
      teller.tell(index, { state: 'failed', code, what, fix });
      failed.push(`${job.id}: ${what}`);
    }
  }
  await teller.ended();
  await setMarkFile(paths.lookAgain);
  return failed;
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

function remoteSource({ source }: FetchJob): RemoteSource[] {
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
    await fetchModel({ source, id, store, mirror, token, inspect, expectedSize: size, reserve }, options);
  }
}

/** Keeps `models.json`, and tells people of the larger steps. */
class FetchTeller {
  readonly #paths: Paths;
  readonly #telling: FetchTelling;
  #fetching: Fetching;
  /** Tenths of the file that people have been told of. */
  #told = new Map<number, number>();
  #writing: Promise<void> = Promise.resolve();

  constructor(paths: Paths, request: FetchRequest, telling: FetchTelling) {
    this.#paths = paths;
    this.#telling = telling;
    this.#fetching = { request: requestKey(request), files: request.jobs.map(waitingJob) };
  }

  tell(index: number, progress: FetchProgress): void {
    const files = this.#fetching.files.map((file, at) => (at === index ? { ...file, progress } : file));
    this.#fetching = { ...this.#fetching, files };
    this.#writing = this.#writing.then(() => this.publish()).catch(() => {});
    const line = this.#news(index, progress);
    const id = files[index]?.id ?? '';
    if (line !== undefined)
      this.#writing = this.#writing.then(() => this.#telling.progress(`${id}: ${line}`));
  }

  async publish(): Promise<void> {
    const content = `${JSON.stringify(this.#fetching)}\n`;
    const file = { mode: 0o644, uid: 0, gid: 0, readBy: [] } as const;
    await writeIfDifferent({ ...file, path: this.#paths.fetching, content });
  }

  async ended(): Promise<void> {
    await this.#writing;
    this.#fetching = { ...this.#fetching, endedAt: this.#telling.now().toISOString() };
    await this.publish();
  }

  #news(index: number, progress: FetchProgress): string | undefined {
    switch (progress.state) {
      case 'downloading': {
        const { received, size } = progress;
        const tenth = size ? Math.floor((10 * received) / size) : 0;
        if (tenth <= (this.#told.get(index) ?? -1)) return undefined;
        this.#told.set(index, tenth);
        return size ? `${10 * tenth} % of ${(size / 1e9).toFixed(1)} GB fetched` : 'being fetched';
      }
      case 'retrying':
        return `${progress.reason}; tried again at ${progress.retryAt}`;
      case 'done':
        return 'here, and what it should be';
      case 'failed':
        return progress.what;
      default:
        return undefined;
    }
  }
}
