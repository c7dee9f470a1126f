import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { Shell } from '../../builder/shell.ts';
import { ScriptFailure } from '../../cli/run-script.ts';
import { processorTime } from './processes.ts';

const script = fileURLToPath(new URL('small-requests.lua', import.meta.url));

/** What small-requests.lua prints. */
const Figures = z.object({ requests: z.int(), microseconds: z.int(), failed: z.int(), p99: z.number() });

export interface SmallRequests {
  readonly url: string;
  readonly key: string;
  /** JSON text to be POSTed; without it these are GETs. */
  readonly body?: string;
  readonly connections: number;
  readonly seconds: number;
  /** Process whose processor time counts. */
  readonly pid?: number;
}

export interface Rate {
  readonly requests: number;
  readonly perSecond: number;
  /** Microseconds of processor time of the process asked, for each request. */
  readonly processor: number;
}

/** Part of the requests that may fail: a proxy that closes a kept connection while a request is on its way. */
const tolerated = 0.001;

/** As many requests as come through, by wrk on one thread with kept connections. @throws ScriptFailure when many fail */
export async function askSmall(asked: SmallRequests, shell: Shell): Promise<Rate> {
  const { url, key, body, connections, seconds, pid } = asked;
  const before = pid === undefined ? 0 : await processorTime(pid);
  const output = await shell.run(
    ['wrk', '-t', '1', '-c', String(connections), '-d', `${seconds}s`, '-s', script, url],
    { env: { BENCH_KEY: key, ...(body !== undefined && { BENCH_BODY: body }) } },
  );
  const used = pid === undefined ? 0 : (await processorTime(pid)) - before;
  const line = output.split('\n').at(-1) ?? '';
  const { requests, microseconds, failed } = Figures.parse(JSON.parse(line));
  if (requests === 0 || failed > requests * tolerated) {
    throw new ScriptFailure(`${failed} of ${requests} small requests to ${url} failed.`);
  }
  return { requests, perSecond: requests / (microseconds / 1e6), processor: (used * 1000) / requests };
}
