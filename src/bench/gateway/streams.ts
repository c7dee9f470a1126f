import { type Disturbed, watchingOthers } from '../engine/others.ts';
import { rotated, type Targets } from './latency.ts';
import type { LoadGenerator } from './load-generator.ts';
import { processorTime } from './processes.ts';
import { completionPath, streamOf } from './requests.ts';
import type { Round } from './samples.ts';

export interface StreamSetup {
  readonly targets: Targets;
  readonly load: LoadGenerator;
  /** At the same time. */
  readonly streams: number;
  /** Of each stream. */
  readonly tokens: number;
  readonly rounds: number;
  readonly said: (text: string) => void;
  /** Processes whose processor time is of interest. */
  readonly pids?: Readonly<Record<string, number>>;
}

/** What came of a round: tokens a second of all streams together, and microseconds of processor time a token. */
export interface StreamRound extends Disturbed {
  readonly rates: Round;
  readonly processor: Round;
}

/** All streams to one contestant, then all to the next one. */
export async function measureStreams(setup: StreamSetup): Promise<StreamRound[]> {
  const { targets, rounds, said } = setup;
  const results: StreamRound[] = [];
  said('warming up');
  await streamTo('bare', { ...setup, tokens: 2 });
  for (let round = 0; round < rounds; round += 1) {
    const { result: measured, others } = await watchingOthers(async () => {
      const each: [string, Awaited<ReturnType<typeof streamTo>>][] = [];
      for (const name of rotated(Object.keys(targets), round)) {
        said(`round ${round + 1} of ${rounds}, ${name}`);
        each.push([name, await streamTo(name, setup)]);
      }
      return each;
    });
    results.push({
      others,
      rates: Object.fromEntries(measured.map(([name, { rate }]) => [name, rate])),
      processor: Object.fromEntries(measured.map(([name, { processor }]) => [name, processor])),
    });
  }
  return results;
}

async function streamTo(name: string, { targets, load, streams, tokens, pids = {} }: StreamSetup) {
  const pid = pids[name];
  const before = pid === undefined ? 0 : await processorTime(pid);
  const [result] = await load.run({
    targets: [targets[name] ?? []].flat(),
    path: completionPath,
    body: streamOf(tokens),
    tokens,
    connections: streams,
    requests: streams,
    warmUp: 0,
  });
  const used = pid === undefined ? 0 : (await processorTime(pid)) - before;
  return {
    rate: (result?.spans ?? []).reduce((sum, span) => sum + ((tokens - 1) / span) * 1000, 0),
    processor: (used * 1000) / (streams * tokens),
  };
}
