import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type EngineProcess,
  type Environment,
  startEngineProcess,
} from '../../src/bench/engine/engine-process.ts';
import { engineDirectory } from '../../src/builder/engine-directory.ts';
import { planEngine } from '../../src/engine/preset.ts';
import type { ModelSettings } from '../../src/engine/sizing/memory.ts';
import { readModelFacts } from '../../src/models/gguf/read-facts.ts';
import { writeRandomModel } from '../../src/models/random/write.ts';
import { callSocket } from './support/llama-server.ts';

const roles = ['chat', 'complete'] as const;

/** As much as takes a second or two, so that starting and stopping threads is what counts. */
const work = { prompt: 48, tokens: 40 };

const engines: EngineProcess[] = [];
let directory: string;
let model: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'two-roles-'));
  model = join(directory, 'dense-small.gguf');
  await writeRandomModel(model, 'dense-small');
});
afterAll(async () => {
  for (const engine of engines) await engine.stop();
  await rm(directory, { recursive: true, force: true });
});

/** The presets of the appliance for two models on this machine, small in memory. */
function preset(): string {
  const facts = readModelFacts(model);
  const settings: ModelSettings = {
    ...{ contextSize: 2048, slots: 1, batch: 512, embeds: false, cacheType: 'f16' },
    ...{ promptCache: 0, load: 'read', adapters: 0 },
  };
  const models = roles.map((role) => ({
    candidate: { id: role, roles: [role], facts, adapters: 0, asked: true },
    settings,
  }));
  const machine = { memory: 0, cores: availableParallelism(), numaNodes: 1, simd: '' };
  const wishes = { contextSize: undefined, cpuThreads: 0 };
  const files = { path: model, adapters: [], traits: undefined };
  const filesOf = new Map(roles.map((role) => [role, files]));
  return planEngine({ models, machine, wishes, leftOut: [], errors: [], warnings: [] }, filesOf).preset;
}

/** The appliance's engine with `environment` changed, and an answer by one of its models. */
async function start(name: string, environment: Environment) {
  const home = join(directory, name);
  await mkdir(home);
  const { signal } = new AbortController();
  const setup = { directory: home, engine: await engineDirectory(), preset: preset(), environment, signal };
  const engine = await startEngineProcess(setup);
  engines.push(engine);
  let seed = 0;
  return async (role: (typeof roles)[number]) => {
    seed += 1;
    const prompt = Array.from({ length: work.prompt }, (_, index) => 300 + (((index + seed) * 7) % 600));
    const body = { model: role, prompt, max_tokens: work.tokens, ignore_eos: true, cache_prompt: false };
    const { status, text } = await callSocket(engine.socket, '/v1/completions?autoload=false', body);
    expect(status, text).toBe(200);
    expect(JSON.parse(text).usage.completion_tokens).toBe(work.tokens);
  };
}

async function timed(way: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await way();
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

it('chat and autocomplete at once reach at least 80 % of what they reach in turns, and far more than with default waiting', async () => {
  const [configured, byDefault] = await Promise.all([
    start('configured', {}),
    start('by-default', { GOMP_SPINCOUNT: undefined }),
  ]);
  const turns = async () => {
    for (const role of roles) await configured(role);
  };
  const together = () => Promise.all(roles.map(configured));
  const togetherByDefault = () => Promise.all(roles.map(byDefault));
  await together();

  const overTurns: number[] = [];
  const overDefault: number[] = [];
  for (const ways of [
    [turns, together],
    [together, turns],
    [turns, together],
  ]) {
    const times = new Map<() => Promise<unknown>, number>();
    for (const way of [...ways, togetherByDefault]) times.set(way, await timed(way));
    const seconds = (way: () => Promise<unknown>) => times.get(way) ?? Number.NaN;
    overTurns.push(seconds(turns) / seconds(together));
    overDefault.push(seconds(togetherByDefault) / seconds(together));
  }
  expect(median(overTurns)).toBeGreaterThanOrEqual(0.8);
  expect(median(overDefault)).toBeGreaterThan(1.5);
});
