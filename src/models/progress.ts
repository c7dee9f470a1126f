import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { jsonOrUndefined } from '../machine/json-text.ts';
import { FetchProgress } from './record.ts';
import type { FetchJob } from './selection/model.ts';
import { sourceText } from './source.ts';
import { sourceKey } from './store/places.ts';

/** How far one file is. */
export const Fetched = z.strictObject({
  id: z.string(),
  holds: z.enum(['model', 'adapter']),
  /** As a variable names it, without its hash. */
  source: z.string(),
  /** What tells it from other sources (`sourceKey`). */
  key: z.string(),
  progress: FetchProgress,
});
export type Fetched = z.infer<typeof Fetched>;

/** `/run/onepilot/models.json`: what the fetching unit is at, for everybody; gone after a reboot. Nothing secret. */
export const Fetching = z.strictObject({
  /** Which files were asked for, from where and with which token, as a hash. */
  request: z.string(),
  files: z.array(Fetched),
  /** When it ended, ISO 8601; absent while it is at work. */
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

  /** Why `job` failed the last time, as far as the unit has come to it. */
  failureOf(job: FetchJob): string | undefined {
    const key = sourceKey(job.source);
    const progress = this.fetching?.files.find((file) => file.key === key)?.progress;
    return progress?.state === 'failed' ? `${progress.what} ${progress.fix}` : undefined;
  }
}

/** How a job stands at its beginning. */
export function waitingJob({ id, holds, source }: FetchJob): Fetched {
  return { id, holds, source: sourceText(source), key: sourceKey(source), progress: { state: 'waiting' } };
}
