import { join } from 'node:path';
import type { Progress } from '../../builder/progress.ts';
import type { Shell } from '../../builder/shell.ts';
import type { EngineMachine } from '../../engine/sizing/machine.ts';
import type { GatewayConfiguration } from '../../gateway/configuration.ts';
import type { ShapeName } from '../../models/random/shapes.ts';
import { writeRandomModel } from '../../models/random/write.ts';
import { writeSmokeModel } from '../../models/smoke/write.ts';
import { watchingOthers } from '../engine/others.ts';
import {
  type Contestant,
  type ContestantName,
  contestantNames,
  startContestant,
  writeBundles,
} from './contestants.ts';
import {
  type BenchEngine,
  connections,
  type FakeEngine,
  startFakeEngine,
  startRealEngine,
} from './engines.ts';
import type { Extent } from './extents.ts';
import { measureConcurrent, measureSequential, type Targets } from './latency.ts';
import { type LoadGenerator, startLoadGenerator } from './load-generator.ts';
import { type Growth, measureGrowth } from './memory-growth.ts';
import { measureRates, type RateRound } from './requests-per-second.ts';
import type { LatencyRound, Round } from './samples.ts';
import { measureStreams, type StreamRound } from './streams.ts';

export interface GatewayBenchSetup {
  /** For sockets, configurations, bundles, logs. */
  readonly directory: string;
  /** For a model of about a gigabyte. */
  readonly models: string;
  /** The engine's stage output. */
  readonly engine: string;
  readonly tls: GatewayConfiguration['tls'];
  readonly machine: EngineMachine;
  readonly extent: Extent;
  readonly shell: Shell;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Where the gateway in front of the fake engine leaves a processor profile. */
  readonly profile?: string;
}

/** All that was measured, round by round. */
export interface GatewaySamples {
  /** Milliseconds from start to first answer; each round all contestants. */
  readonly starts: readonly Round[];
  readonly completions: readonly RateRound[];
  readonly models: readonly RateRound[];
  /** Streams of the fake engine at a steady pace. */
  readonly paced: readonly StreamRound[];
  /** In front of a fake engine that takes the same time for every request. */
  readonly steady: readonly LatencyRound[];
  readonly growth: Growth;
  /** In front of the real engine with the smoke model. */
  readonly sequential: readonly LatencyRound[];
  readonly concurrent: readonly LatencyRound[];
  /** In front of the real engine with a model of the appliance's usual size. */
  readonly streams: readonly StreamRound[];
  /** Part of the machine that other programs took, 0 to 1. */
  readonly others: number;
  /** Answers, of whomever, that failed and were asked for again. */
  readonly failed: number;
}

/** The model whose streams are measured. */
export const streamShape: ShapeName = 'dense-1.5b';

/** Milliseconds that the fake engine takes for each request while added latency is measured. */
export const serviceTime = 20;
/** Milliseconds between two tokens of one of the fake engine's streams. */
export const pace = 5;

/** Measures them all. @throws ScriptFailure, the engine's errors */
export async function benchGateway(setup: GatewayBenchSetup): Promise<GatewaySamples> {
  const load = await startLoadGenerator(setup.directory);
  try {
    await step(setup, 'bundle', 'gateway and barest proxy, as for the image', () =>
      writeBundles(setup.directory),
    );
    const { result, others } = await watchingOthers(async () => ({
      ...(await withFakeEngine(setup, load)),
      ...(await withSmokeModel(setup, load)),
      streams: await withLargeModel(setup, load),
    }));
    return { ...result, others, failed: load.failed };
  } finally {
    await load.stop();
  }
}

async function withFakeEngine(setup: GatewayBenchSetup, load: LoadGenerator) {
  const { directory, extent, shell, profile } = setup;
  const engine = await startFakeEngine(directory);
  try {
    const starts = await step(setup, 'start', 'each from nothing to its first answer', (said) =>
      measureStarts(setup, engine, said),
    );
    return await withContestants(setup, engine, contestantNames, profile, async (contestants) => {
      const rates = { engine, contestants, seconds: extent.rateSeconds, rounds: extent.rateRounds, shell };
      const targets = targetsOf(engine, contestants);
      const pids = Object.fromEntries(contestants.map(({ name, pid }) => [name, pid]));
      return {
        starts,
        completions: await step(setup, 'requests', 'one-token completions a second, fake engine', (said) =>
          measureRates('completions', { ...rates, said }),
        ),
        models: await step(setup, 'requests', 'lists of models a second', (said) =>
          measureRates('models', { ...rates, said }),
        ),
        steady: await step(setup, 'latency', `${connections} at a time, fake engine`, (said) =>
          answering(engine, { service: serviceTime, pace: 0 }, () =>
            measureConcurrent(
              { targets, load, requests: extent.concurrentRequests, rounds: extent.latencyRounds, said },
              connections,
            ),
          ),
        ),
        paced: await step(setup, 'streams', `${connections} x 400 tokens, fake engine`, (said) =>
          answering(engine, { service: 0, pace }, () =>
            measureStreams({
              ...{ targets, load, pids, said },
              ...{ streams: connections, tokens: 400, rounds: extent.pacedRounds },
            }),
          ),
        ),
        growth: await step(setup, 'memory', `after ${extent.memoryRequests} requests, and a soak`, (said) =>
          measureGrowth({
            contestants: contestants.filter(({ name }) => name === 'onepilot' || name === 'fastify'),
            ...{ requests: extent.memoryRequests, soak: extent.soakBursts, seconds: extent.rateSeconds },
            ...{ shell, said },
          }),
        ),
      };
    });
  } finally {
    await engine.stop();
  }
}

async function measureStarts(setup: GatewayBenchSetup, engine: BenchEngine, said: (text: string) => void) {
  const rounds: Round[] = [];
  for (let round = 0; round < setup.extent.starts; round += 1) {
    said(`round ${round + 1} of ${setup.extent.starts}`);
    const times: [string, number][] = [];
    for (const name of contestantNames) {
      const contestant = await startContestant(name, { ...setup, ...placeOf(engine) });
      await contestant.stop();
      times.push([name, contestant.startMs]);
    }
    rounds.push(Object.fromEntries(times));
  }
  return rounds;
}

async function answering<Result>(
  engine: FakeEngine,
  how: Parameters<FakeEngine['answer']>[0],
  work: () => Promise<Result>,
): Promise<Result> {
  await engine.answer(how);
  try {
    return await work();
  } finally {
    await engine.answer({ service: 0, pace: 0 });
  }
}

async function withSmokeModel(setup: GatewayBenchSetup, load: LoadGenerator) {
  const { directory, extent } = setup;
  const { file } = await writeSmokeModel(directory);
  return withRealEngine(setup, join(directory, file), contestantNames, async (targets) => {
    const rounds = extent.latencyRounds;
    return {
      sequential: await step(setup, 'latency', 'one at a time, llama-server with the smoke model', (said) =>
        measureSequential({ targets, load, requests: extent.sequentialRequests, rounds, said }),
      ),
      concurrent: await step(setup, 'latency', `${connections} at a time, the same`, (said) =>
        measureConcurrent({ targets, load, requests: extent.engineRequests, rounds, said }, connections),
      ),
    };
  });
}

async function withLargeModel(setup: GatewayBenchSetup, load: LoadGenerator): Promise<StreamRound[]> {
  const { models, extent, signal } = setup;
  const { streamTokens: tokens, streamRounds: rounds, streamed } = extent;
  const path = join(models, `${streamShape}.gguf`);
  await step(setup, 'model', `writing ${streamShape}`, () => writeRandomModel(path, streamShape, signal));
  return withRealEngine(setup, path, streamed, (targets) =>
    step(setup, 'streams', `${connections} x ${tokens} tokens of ${streamShape}`, (said) =>
      measureStreams({ targets, load, streams: connections, tokens, rounds, said }),
    ),
  );
}

async function withRealEngine<Result>(
  setup: GatewayBenchSetup,
  path: string,
  names: readonly ContestantName[],
  work: (targets: Targets) => Promise<Result>,
): Promise<Result> {
  const directory = join(setup.directory, 'engine');
  const engine = await step(setup, 'engine', 'starting llama-server', () =>
    startRealEngine(path, { ...setup, directory }),
  );
  try {
    return await withContestants(setup, engine, names, undefined, (contestants) =>
      work(targetsOf(engine, contestants)),
    );
  } finally {
    await engine.stop();
  }
}

async function withContestants<Result>(
  setup: GatewayBenchSetup,
  engine: BenchEngine,
  names: readonly ContestantName[],
  profile: string | undefined,
  work: (contestants: readonly Contestant[]) => Promise<Result>,
): Promise<Result> {
  const contestants: Contestant[] = [];
  const { directory, tls, signal } = setup;
  const common = { directory, tls, signal, ...placeOf(engine), ...(profile !== undefined && { profile }) };
  try {
    for (const name of names) contestants.push(await startContestant(name, common));
    return await work(contestants);
  } finally {
    for (const contestant of contestants) await contestant.stop();
  }
}

function placeOf({ socket, models }: BenchEngine) {
  return { socket, models };
}

function targetsOf({ socket }: BenchEngine, contestants: readonly Contestant[]): Targets {
  return {
    bare: { socket, authority: '', key: '' },
    ...Object.fromEntries(contestants.map(({ name, target }) => [name, target])),
  };
}

/** A line with its time. */
async function step<Result>(
  { progress, signal }: Pick<GatewayBenchSetup, 'progress' | 'signal'>,
  name: string,
  about: string,
  work: (said: (text: string) => void) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  const line = progress.step(name, about);
  try {
    const result = await work((text) => {
      // Between two measurements: a step takes minutes.
      signal.throwIfAborted();
      line.update(`${about}: ${text}`);
    });
    line.done(about);
    return result;
  } catch (error) {
    line.failed();
    throw error;
  }
}
