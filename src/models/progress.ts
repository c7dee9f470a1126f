import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { jsonOrUndefined } from '../machine/json-text.ts';
import { FetchProgress } from './record.ts';
import type { FetchJob } from './selection/model.ts';
import { type ModelSource, sourceText } from './source.ts';
import { sourceKey } from './store/places.ts';

/** How far one file is. */
export const Fetched = z.strictObject({
  id: z.string(),
  holds: z.enum(['model', 'adapter']),
  /** As a variable names it, without its hash. */
  source: z.string(),
  /** What tells it from other sources (`sourceKey`). */
  key: z.string(),
  /** The hash that it must have, where one is pinned. */
  sha256: z.string().optional(),
  progress: FetchProgress,
  /** When it failed, ISO 8601. */
  failedAt: z.string().optional(),
});
export type Fetched = z.infer<typeof Fetched>;

/** `/run/onepilot/models.json`: what the fetching unit is at, for root and the gateway; gone after a
 * reboot. Repositories may have private names, and `request` depends on the token. */
export const Fetching = z.strictObject({
  /** From where, and as whom, they were asked for, as a hash (`accessKey`). */
  request: z.string(),
  files: z.array(Fetched),
  /** When it ended or was stopped, ISO 8601; absent while it is at work. */
  endedAt: z.string().optional(),
});
export type Fetching = z.infer<typeof Fetching>;

/** What the file at `path` says; an empty list where there is none. */
export async function readFetching(path: string): Promise<FetchingView> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return new FetchingView(Fetching.safeParse(jsonOrUndefined(text)).data);
}

/** The fetching unit's word, seen from outside. */
export class FetchingView {
  readonly fetching: Fetching | undefined;

  constructor(fetching: Fetching | undefined) {
    this.fetching = fetching;
  }

  /** What is said of `job`; nothing where another content was asked for. */
  fileOf({ source }: Pick<FetchJob, 'source'>): Fetched | undefined {
    const key = sourceKey(source);
    return this.fetching?.files.find((file) => file.key === key && file.sha256 === source.sha256);
  }

  /** Whether `source` was asked for. */
  hasSource(source: ModelSource): boolean {
    const key = sourceKey(source);
    return this.fetching?.files.some((file) => file.key === key) ?? false;
  }

  /** Why `job` failed the last time, as far as the unit has come to it. */
  failureOf(job: FetchJob): string | undefined {
    const progress = this.fileOf(job)?.progress;
    return progress?.state === 'failed' ? `${progress.what} ${progress.fix}` : undefined;
  }
}

/** How a job stands at its beginning. */
export function waitingJob({ id, holds, source }: FetchJob): Fetched {
  const { sha256 } = source;
  return {
    id,
    holds,
    source: sourceText(source),
    key: sourceKey(source),
    ...(sha256 !== undefined && { sha256 }),
    progress: { state: 'waiting' },
  };
}
