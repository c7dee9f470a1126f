import { mkdir, rm } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { Progress } from '../../builder/progress.ts';
import type { Shell } from '../../builder/shell.ts';
import { ScriptFailure } from '../../cli/run-script.ts';
import { planEngine } from '../../engine/preset.ts';
import { threadsFor } from '../../engine/sizing/explain.ts';
import type { EngineMachine } from '../../engine/sizing/machine.ts';
import { type Sizing, sizeEngine } from '../../engine/sizing/size-engine.ts';
import type { GatewayConfiguration } from '../../gateway/configuration.ts';
import type { ModelFacts } from '../../models/facts.ts';
import { readModelFacts } from '../../models/gguf/read-facts.ts';
import type { ShapeName } from '../../models/random/shapes.ts';
import { writeRandomModel } from '../../models/random/write.ts';
import { measureBatches } from './batches.ts';
import type { Environment } from './engine-process.ts';
import { type Budget, batchesOf, boundOf, budgetOf, type Figures, memoryOf, speedOf } from './figures.ts';
import { compareMemory } from './memory-prediction.ts';
import { measureBudget } from './one-budget.ts';
import { bandwidthProgram } from './read-bandwidth.ts';
import { measureGeneration, measurePrompt, type SpeedSetup } from './speed.ts';
import { type Stack, startStack } from './stack.ts';
import { randomTexts } from './streamed-answer.ts';

/** How much is measured. */
export interface Extent {
  readonly generationRounds: number;
  readonly promptRounds: number;
  readonly budgetRounds: number;
  readonly batchRounds: number;
}

export const extents = {
  full: { generationRounds: 6, promptRounds: 4, budgetRounds: 4, batchRounds: 3 },
  quick: { generationRounds: 3, promptRounds: 2, budgetRounds: 2, batchRounds: 1 },
} as const satisfies Record<string, Extent>;

export interface EngineBenchSetup {
  /** For sockets, presets and logs. */
  readonly directory: string;
  /** For models; removed one by one. */
  readonly models: string;
  /** The engine's stage output. */
  readonly engine: string;
  readonly tls: GatewayConfiguration['tls'];
  readonly machine: EngineMachine;
  readonly extent: Extent;
  /** Shapes whose memory is measured; speed is measured with the first one. */
  readonly shapes: readonly [ShapeName, ...ShapeName[]];
  readonly shell: Shell;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

const ids = { chat: 'bench-chat', complete: 'bench-complete' } as const;

/** A letter of random text is about a token. */
const lengths = { generation: 128, generated: 128, prompt: 500, budget: 100, budgetTokens: 64 } as const;

/** Rounds with default waiting: each takes a minute where it goes wrong. */
const defaultWaitingRounds = 2;

/** Everything that is measured; the machine's description is the caller's. */
export type EngineFigures = Omit<Figures, 'machine'> & { readonly loadBefore: number };

/** Measures the engine as the appliance would configure this machine. @throws ScriptFailure, the engine's errors */
export async function benchEngine(setup: EngineBenchSetup): Promise<EngineFigures> {
  const [first, ...others] = setup.shapes;
  await mkdir(setup.models, { recursive: true });
  const [loadBefore = 0] = loadavg();
  const { speed, memory } = await withModel(setup, first, async (path, facts) => ({
    speed: await measureSpeed(setup, path, facts),
    memory: await memoryRow(setup, first, path, facts),
  }));
  const memories = [memory];
  for (const shape of others) {
    memories.push(await withModel(setup, shape, (path, facts) => memoryRow(setup, shape, path, facts)));
  }
  return { ...speed, shape: first, memory: memories, loadBefore };
}

async function withModel<Result>(
  setup: EngineBenchSetup,
  shape: ShapeName,
  work: (path: string, facts: ModelFacts) => Promise<Result>,
): Promise<Result> {
  const path = join(setup.models, `${shape}.gguf`);
  try {
    await step(setup, 'model', `writing ${shape}`, () => writeRandomModel(path, shape, setup.signal));
    return await work(path, readModelFacts(path));
  } finally {
    await rm(path, { force: true });
  }
}

async function measureSpeed(setup: EngineBenchSetup, path: string, facts: ModelFacts) {
  const { directory, engine, machine, extent, shell, signal } = setup;
  const sizing = sizingOf(facts, machine);
  const [chat] = sizing.models;
  if (!chat) throw new ScriptFailure('The sizing left the chat model out.');
  const threads = threadsFor(sizing.wishes, machine);
  const program = join(engine, 'llama-bench');
  const test = { path, threads, settings: chat.settings };
  const bandwidth = await step(setup, 'compile', 'read-bandwidth.c', () =>
    bandwidthProgram(directory, threads, shell),
  );
  const text = randomTexts(0xb_e4c);
  const common = (stack: Stack, rounds: number, said: (text: string) => void): SpeedSetup => ({
    ...{ stack, model: ids.chat, program, test, bandwidth, text, shell, signal, rounds, said },
  });
  const configured = await withStack(setup, sizing, path, {}, async (stack) => ({
    generation: await step(setup, 'speed', 'generation: stack, llama-bench, memory', (said) =>
      measureGeneration(common(stack, extent.generationRounds, said), lengths.generation, lengths.generated),
    ),
    prompt: await step(setup, 'speed', 'prompt: stack and llama-bench', (said) =>
      measurePrompt(common(stack, extent.promptRounds, said), lengths.prompt),
    ),
    budget: await budget(setup, stack, extent.budgetRounds, 'as configured'),
  }));
  const waiting = { OMP_WAIT_POLICY: undefined, GOMP_SPINCOUNT: undefined };
  const default_waiting = await withStack(setup, sizing, path, waiting, (stack) =>
    budget(setup, stack, defaultWaitingRounds, 'with default waiting'),
  );
  const batches = await step(setup, 'batches', 'prompt by batch size', (said) =>
    measureBatches({ program, test, prompt: 512, rounds: extent.batchRounds, shell, signal, said }),
  );
  const { samples, promptTokens: depth } = configured.generation;
  // The middle of what was generated.
  const bound = boundOf(samples, facts, depth + lengths.generated / 2);
  const generation = speedOf(samples, lengths.generated, depth);
  return {
    stack_over_llama_bench: generation.stack_over_llama_bench,
    chat_and_complete_over_alternating: configured.budget.chat_and_complete_over_alternating,
    ...bound,
    generation,
    prompt: speedOf(configured.prompt.samples, 0, configured.prompt.promptTokens),
    one_budget: { as_configured: configured.budget, default_waiting },
    batches: batchesOf(batches),
  };
}

/** The same model for both roles, each in a process of its own. @throws the sizing's error when they do not fit */
function sizingOf(facts: ModelFacts, machine: EngineMachine): Sizing {
  const candidate = (role: keyof typeof ids) => ({
    ...{ id: ids[role], roles: [role], facts, adapters: 0, asked: true },
  });
  const wishes = { contextSize: undefined, cpuThreads: 0 };
  const sizing = sizeEngine([candidate('chat'), candidate('complete')], wishes, machine);
  for (const error of sizing.errors) throw error;
  return sizing;
}

async function withStack<Result>(
  setup: EngineBenchSetup,
  sizing: Sizing,
  path: string,
  environment: Environment,
  work: (stack: Stack) => Promise<Result>,
): Promise<Result> {
  const { directory, engine, tls, signal } = setup;
  const files = { path, adapters: [], traits: undefined };
  const plan = planEngine(sizing, new Map(Object.values(ids).map((id) => [id, files])));
  const stack = await step(setup, 'stack', 'starting engine and gateway', () =>
    startStack(plan, { directory, engine, tls, environment, signal }),
  );
  try {
    return await work(stack);
  } finally {
    await stack.stop();
  }
}

async function budget(setup: EngineBenchSetup, stack: Stack, rounds: number, about: string): Promise<Budget> {
  const { signal } = setup;
  const text = randomTexts(0xb_0d6 + rounds);
  const { budget: letters, budgetTokens: tokens } = lengths;
  const samples = await step(setup, 'budget', `chat and completion, ${about}`, (said) =>
    measureBudget({ stack, ...ids, letters, tokens, text, signal, rounds, said }),
  );
  return budgetOf(samples);
}

async function memoryRow(setup: EngineBenchSetup, shape: ShapeName, path: string, facts: ModelFacts) {
  const { directory, engine, machine, signal } = setup;
  const comparison = await step(setup, 'memory', `filling all that ${shape} may use`, () =>
    compareMemory(shape, facts, path, machine, { directory, engine, signal }),
  );
  return memoryOf(shape, comparison);
}

/** A line with its time. */
async function step<Result>(
  { progress, signal }: Pick<EngineBenchSetup, 'progress' | 'signal'>,
  name: string,
  about: string,
  work: (said: (text: string) => void) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  const line = progress.step(name, about);
  try {
    const result = await work((text) => line.update(`${about}, ${text}`));
    line.done(about);
    return result;
  } catch (error) {
    line.failed();
    throw error;
  }
}
